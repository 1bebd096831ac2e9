// What an ACL runs in: the scene, what is judged, what was decided so far, and whom words may ask.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/acl/where.h"
#include "common/base/duration.h"
#include "common/base/result.h"
#include "common/expand/expand.h"
#include "common/expand/scene.h"
#include "common/mail/policy_state.h"

namespace gp::dmarc {
class SuffixFile;
}

namespace gp::acl {

class Acls;
}
namespace gp::dns {
class Resolver;
}
namespace gp::acl {

// Yes, no, or cannot tell now.
enum class Truth { yes, no, defer };

struct Verified {
    Truth truth = Truth::no;
    std::string message;     // for the client, when nothing else is said
    std::string log_message;
    std::string address_data;
    std::string failure;     // $recipient_verify_failure, $sender_verify_failure: "route", "mail" …
    std::string why;         // all that is known of it, on one line
    bool by_callout = false; // hosts were asked, and it is they who could not tell
    std::string taken_local_part, taken_domain; // a host takes mail for it: $local_part_data, $domain_data
};

// What the callout option of verify asks for (manual 44.47).
struct CalloutWish {
    static constexpr Duration usual_timeout{30'000};
    Duration timeout = usual_timeout;
    Duration connect{0}; // 0: as the timeout
    Duration maxwait{0}; // 0: four times the timeout
    bool defer_ok = false, no_cache = false, random = false, hold = false;
    bool use_sender = false, use_postmaster = false;    // of recipients
    bool use_transports_sender = false;                 // likewise: what the delivery would say in MAIL
    std::optional<std::string> postmaster_sender;       // the postmaster is asked about, with this sender
    bool bare_postmaster = false;                       // fullpostmaster
    std::string header_sender;                          // mailfrom, of header_sender
};
// What the quota option of verify = recipient asks for (manual 44.45, 44.49).
struct QuotaWish {
    Duration cache_good{300'000}, cache_bad{3'600'000}; // how long an answer is believed; 0: it is not kept
};
struct VerifyOptions {
    bool defer_ok = false, no_details = false, success_on_redirect = false;
    bool case_insensitive = false; // not_blind
    std::optional<CalloutWish> callout;
    std::optional<QuotaWish> quota;
};

// Verification that needs routers (the verify condition): router supplies it.
class Verifier {
public:
    virtual ~Verifier() = default;
    virtual Verified sender(std::string_view address, const VerifyOptions& options) = 0;
    virtual Verified recipient(std::string_view address, const VerifyOptions& options) = 0;
    virtual Verified header_sender(std::string_view address, const VerifyOptions& options) = 0;
};

// Counts that outlive the session (ratelimit, seen): router asks tally.
struct RateQuestion {
    std::string key, unique;
    Duration period{};
    double limit = 0, count = 0;
    bool strict = false, readonly = false;
};
struct RateAnswer {
    double rate = 0;
};
struct SeenQuestion {
    std::string key;
    std::uint64_t interval = 0, refresh = 0; // seconds
    bool before = false, readonly = false, write = false;
};
class Counts {
public:
    virtual ~Counts() = default;
    virtual Result<RateAnswer> rate(const RateQuestion& question) = 0;
    virtual Result<bool> seen(const SeenQuestion& question) = 0;
};

// Scanners of the whole message: router connects, cleanup and scan do the rest.
struct ScanRequest {
    enum class For : std::uint8_t { malware, spam } purpose = For::malware;
    std::string servers;                // what the option says
    bool lasting = true;                // the answer may be used again for the same message
    std::string user;                   // spam: whose rules count
    std::vector<std::string> about;     // for rspamd: "From: <a@b.example>"
    std::optional<Duration> timeout;    // tmo= of the condition
};
struct ScanFinding {
    std::string name, value;
};
struct ScanAnswer {
    std::vector<ScanFinding> findings;
    std::string server; // "[127.0.0.1]:783"
};
class Scanners {
public:
    virtual ~Scanners() = default;
    // Servers that do not answer are logged one by one; the error is for the log, too.
    virtual Result<ScanAnswer> scan(const ScanRequest& request) = 0;
};

// What is in the message, or in the MIME part in hand: for decode, mime_regex and regex.
struct Unpacked {
    std::string file;
    std::uint64_t size = 0;
    int anomaly = 0;
    std::string anomaly_text;
    std::string start; // as much as was asked for
};
class Contents {
public:
    virtual ~Contents() = default;
    // Into this file below the scratch directory; empty: the next one of the usual names.
    virtual Result<Unpacked> decode(const std::string& file, std::size_t start) = 0;
    virtual Result<std::string> decoded(std::size_t most) = 0;
    // As it is, from `skip` on; fewer octets than `most` are the last.
    virtual Result<std::string> raw(std::uint64_t skip, std::size_t most) = 0;
};

// av_scanner and spamd_address: expanded for each use where they begin with a dollar (manual 45.1).
struct ScannerOption {
    std::string text;
    const expand::Expression* expression = nullptr;
    Result<std::string> value(expand::Scene& scene) const;
};

// Texts that a refusal carries; set by message, log_message and conditions.
struct Texts {
    std::string user;
    std::string log;
};

struct Context {
    expand::Scene& scene;
    Where where;
    mail::PolicyState& state;
    const Acls& acls;
    Verifier* verifier = nullptr;
    Counts* counts = nullptr;
    Scanners* scanners = nullptr;                // null: there is no whole message here
    Contents* contents = nullptr;                // likewise
    ScannerOption spamd_address, av_scanner;
    std::string spf_guess;                       // the record that spf_guess assumes
    const expand::Expression* spf_comment = nullptr; // spf_smtp_comment_template
    dmarc::SuffixFile* suffixes = nullptr;       // null: no dmarc_tld_file, no DMARC
    std::int64_t now = 0;                        // seconds
    dns::Resolver* resolver = nullptr;
    Duration dns_timeout{std::chrono::seconds(60)};
    expand::Address* address = nullptr;          // of the scene, for controls that change what it shows
    std::string_view local_part_caseful, local_part_lower;
    std::string_view sender;                     // from MAIL on
    bool sender_given = false;
    std::string_view recipient;                  // at RCPT: the address; at VRFY and EXPN the argument
    const std::vector<std::string>* recipients = nullptr; // accepted so far
    std::string_view headers;                    // at DATA, LF or CRLF lines

    std::uint32_t delay_ms = 0;                  // asked for by `delay`
    std::uint32_t log_targets = mail::log_to_main | mail::log_to_reject; // of a refusal
    Texts texts;                                 // of the refusal
    std::vector<mail::RateSeen> rates_of_command; // counted already while this question is answered
    unsigned depth = 0;                          // nested calls
    // Of the configuration: smtp_return_error_details, and words of log_selector.
    bool tells_details = false, log_warn_skipped = true, log_dnslist_defer = true, log_dmarc_verbose = false;

    static constexpr unsigned most_depth = 20;   // as Exim
};

}
