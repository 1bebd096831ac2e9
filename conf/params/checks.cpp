#include "conf/params/detail/rows.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;

// clang-format off
const config::Option rows[] = {
    {"callout_domain_negative_expire", Type::time, Use::literal, "3h", Standing::supported,
     "How long a domain's failed callout is remembered."},
    {"callout_domain_positive_expire", Type::time, Use::literal, "1w", Standing::supported,
     "How long a domain's good callout is remembered."},
    {"callout_negative_expire", Type::time, Use::literal, "2h", Standing::supported,
     "How long an address's failed callout is remembered."},
    {"callout_positive_expire", Type::time, Use::literal, "1d", Standing::supported,
     "How long an address's good callout is remembered."},
    {"callout_random_local_part", Type::string, Use::expanded,
     "$primary_hostname-$tod_epoch-testing", Standing::supported,
     "A local part that cannot exist, for callouts that ask whether a host accepts anything."},
    {"av_scanner", Type::string, Use::literal, "sophie:/var/run/sophie", Standing::supported,
     "The virus scanner for the malware condition: clamd, avast, drweb, f-prot6d, f-protd, fsecure, sock or sophie, where it "
     "is, and its options; or cmdline, a program with %s for the message's directory, and two patterns: it is run without a "
     "shell as ${run's programs are, in the group of that directory (one that is only known when it is asked for must be "
     "among run_programs). A scanner on this host opens the message itself, in scan/ of the spool directory: it must be in the group of "
     "that directory; clamd gets the octets when it may not read."},
    {"spamd_address", Type::string, Use::literal, "127.0.0.1 783", Standing::supported,
     "The SpamAssassin or rspamd server for the spam condition."},
    {"spf_guess", Type::string, Use::literal, "v=spf1 a/24 mx/24 ptr ?all", Standing::supported,
     "The SPF record that spf_guess assumes."},
    {"spf_smtp_comment_template", Type::string, Use::expanded,
     "Please%_see%_http://www.open-spf.org/Why", Standing::supported,
     "The text for failed SPF checks."},
    {"dkim_verify_hashes", Type::string_list, Use::literal, "sha256:sha512", Standing::supported,
     "The hashes that DKIM signatures may use."},
    {"dkim_verify_keytypes", Type::string_list, Use::literal, "ed25519:rsa", Standing::supported,
     "The kinds of keys that DKIM signatures may use."},
    {"dkim_verify_min_keysizes", Type::string_list, Use::literal, "rsa=1024 ed25519=250", Standing::supported,
     "The smallest keys that DKIM signatures may use."},
    {"dkim_verify_minimal", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether verification stops after the first good signature."},
    {"dkim_verify_signers", Type::domain_list, Use::expanded, "$dkim_signers", Standing::supported,
     "The domains for which acl_smtp_dkim is run."},
    {"dmarc_forensic_sender", Type::string, Use::expanded, nullptr, Standing::not_yet,
     "DMARC is checked; reports of single failures are not sent, which hold strangers' mail and which next to nobody asks for (RFC "
     "7489 section 7.3)."},
    {"dmarc_history_file", Type::string, Use::literal, nullptr, Standing::not_yet,
     "DMARC is checked and its history is not kept; dmarc_status and log_selector = +dmarc_verbose tell the results."},
    {"dmarc_tld_file", Type::string, Use::literal, nullptr, Standing::supported,
     "The list of public suffixes for DMARC."},
};
// clang-format on

}

std::span<const config::Option> check_rows()
{
    return rows;
}

}
