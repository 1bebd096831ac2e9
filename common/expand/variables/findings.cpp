// What ACL conditions and scanners found out; each is a fact that they set: $dnslist_domain, $spam_score,
// $dkim_domain, $mime_filename, $sender_rate …

#include "common/expand/detail/values.h"

namespace gp::expand {
namespace {

// clang-format off
const RegisterVariable policy[] = {
    RegisterVariable{{.name = "acl_verify_message", .doc = "Why a verification failed."}},
    RegisterVariable{{.name = "sender_verify_failure", .doc = "At which step a sender's did."}},
    RegisterVariable{{.name = "recipient_verify_failure", .doc = "At which step a recipient's did."}},
    RegisterVariable{{.name = "callout_address", .doc = "Whom a callout or scanner call went to."}},
    RegisterVariable{{.name = "headers_added", .doc = "What add_header has gathered."}},
    RegisterVariable{{.name = "dnslist_domain", .doc = "The DNS list that matched."}},
    RegisterVariable{{.name = "dnslist_matched", .doc = "The key that it has."}},
    RegisterVariable{{.name = "dnslist_text", .doc = "Its TXT record."}},
    RegisterVariable{{.name = "dnslist_value", .doc = "Its address."}},
    RegisterVariable{{.name = "sender_rate", .doc = "The rate that ratelimit measured."}},
    RegisterVariable{{.name = "sender_rate_limit", .doc = "Its limit."}},
    RegisterVariable{{.name = "sender_rate_period", .doc = "Its period."}},
};

const RegisterVariable scanners[] = {
    RegisterVariable{{.name = "av_failed", .absent = "0", .doc = "1: the virus scanner did not work."}},
    RegisterVariable{{.name = "malware_name", .doc = "The virus that was found."}},
    RegisterVariable{{.name = "spam_action", .doc = "What the spam scanner advises."}},
    RegisterVariable{{.name = "spam_bar", .doc = "The score as plus or minus signs."}},
    RegisterVariable{{.name = "spam_report", .doc = "The report."}},
    RegisterVariable{{.name = "spam_score", .doc = "The score."}},
    RegisterVariable{{.name = "spam_score_int", .doc = "The score times ten."}},
    RegisterVariable{{.name = "mime_anomaly_level", .absent = "0", .doc = "How odd a MIME part is."}},
    RegisterVariable{{.name = "mime_anomaly_text", .doc = "In which way."}},
    RegisterVariable{{.name = "mime_boundary", .doc = "Of a MIME part."}},
    RegisterVariable{{.name = "mime_charset", .doc = "Of a MIME part."}},
    RegisterVariable{{.name = "mime_content_description", .doc = "Of a MIME part."}},
    RegisterVariable{{.name = "mime_content_disposition", .doc = "Of a MIME part."}},
    RegisterVariable{{.name = "mime_content_id", .doc = "Of a MIME part."}},
    RegisterVariable{{.name = "mime_content_size", .absent = "0", .doc = "Of a decoded part, in kilobytes."}},
    RegisterVariable{{.name = "mime_content_transfer_encoding", .doc = "Of a MIME part."}},
    RegisterVariable{{.name = "mime_content_type", .doc = "Of a MIME part."}},
    RegisterVariable{{.name = "mime_decoded_filename", .doc = "Where a part was decoded to."}},
    RegisterVariable{{.name = "mime_filename", .doc = "What a part calls its file."}},
    RegisterVariable{{.name = "mime_is_coverletter", .absent = "0", .doc = "1: a text that comes first."}},
    RegisterVariable{{.name = "mime_is_multipart", .absent = "0", .doc = "1: a part of parts."}},
    RegisterVariable{{.name = "mime_is_rfc822", .absent = "0", .doc = "1: of a message within the message."}},
    RegisterVariable{{.name = "mime_part_count", .absent = "-1", .doc = "The part's number."}},
};

const RegisterVariable signatures[] = {
    RegisterVariable{{.name = "dkim_verify_status", .doc = "What became of a DKIM signature."}},
    RegisterVariable{{.name = "dkim_verify_reason", .doc = "Why."}},
    RegisterVariable{{.name = "dkim_cur_signer", .doc = "The signer that the ACL runs for."}},
    RegisterVariable{{.name = "dkim_signers", .doc = "All signers, as a list."}},
    RegisterVariable{{.name = "dkim_domain", .doc = "d= of a signature, or the signing domain."}},
    RegisterVariable{{.name = "dkim_identity", .doc = "i="}},
    RegisterVariable{{.name = "dkim_selector", .doc = "s="}},
    RegisterVariable{{.name = "dkim_algo", .doc = "a="}},
    RegisterVariable{{.name = "dkim_canon_body", .doc = "c=, of the body"}},
    RegisterVariable{{.name = "dkim_canon_headers", .doc = "c=, of the headers"}},
    RegisterVariable{{.name = "dkim_copiedheaders", .doc = "z="}},
    RegisterVariable{{.name = "dkim_bodylength", .absent = "9999999999999", .doc = "l="}},
    RegisterVariable{{.name = "dkim_created", .absent = "0", .doc = "t="}},
    RegisterVariable{{.name = "dkim_expires", .absent = "9999999999999", .doc = "x="}},
    RegisterVariable{{.name = "dkim_headernames", .doc = "h="}},
    RegisterVariable{{.name = "dkim_key_testing", .absent = "0", .doc = "The key is being tested."}},
    RegisterVariable{{.name = "dkim_key_nosubdomains", .absent = "0", .doc = "The key is not for subdomains."}},
    RegisterVariable{{.name = "dkim_key_srvtype", .absent = "*", .doc = "What the key is for."}},
    RegisterVariable{{.name = "dkim_key_granularity", .absent = "*", .doc = "Whom the key is for."}},
    RegisterVariable{{.name = "dkim_key_notes", .doc = "What its owner says of it."}},
    RegisterVariable{{.name = "dkim_key_length", .absent = "0", .doc = "Its bits."}},
    RegisterVariable{{.name = "dmarc_status", .doc = "What DMARC says."}},
    RegisterVariable{{.name = "dmarc_status_text", .doc = "In words."}},
    RegisterVariable{{.name = "dmarc_used_domain", .doc = "The domain whose policy it was."}},
    RegisterVariable{{.name = "dmarc_domain_policy", .doc = "That policy."}},
    RegisterVariable{{.name = "dmarc_alignment_dkim", .doc = "Does DKIM's domain fit?"}},
    RegisterVariable{{.name = "dmarc_alignment_spf", .doc = "Does SPF's domain fit?"}},
    RegisterVariable{{.name = "spf_result", .doc = "What SPF says."}},
    RegisterVariable{{.name = "spf_result_guessed", .absent = "no", .doc = "yes: by a guessed policy."}},
    RegisterVariable{{.name = "spf_received", .doc = "A Received-SPF: header."}},
    RegisterVariable{{.name = "spf_header_comment", .doc = "Its comment."}},
    RegisterVariable{{.name = "spf_smtp_comment", .doc = "What a client may hear of it."}},
};
// clang-format on

}
}
