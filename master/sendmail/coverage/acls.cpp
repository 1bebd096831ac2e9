// Access control lists: each word is put into a statement, and the reader of ACLs says whether it can be used.

#include "common/acl/acls.h"
#include "common/base/text.h"
#include "common/scan/servers.h"
#include "conf/params/tables.h"
#include "master/sendmail/coverage.h"

namespace gp::sendmail {
namespace {

class Reader {
public:
    // What is wrong with a statement; empty: nothing.
    std::string refusal(const std::string& statement) const
    {
        config::Acl source{.name = "coverage"};
        source.lines.push_back({.text = statement});
        config::Problems problems;
        (void)acl::parse_acl(source, language_, words_, problems);
        return problems.has_errors() ? problems.all().front().reason : std::string();
    }

private:
    const expand::Language language_ = expand::Language::linked();
    const acl::Words words_ = acl::Words::linked();
};

struct Word {
    std::string_view name, statement; // empty: the one of its list
};

constexpr Word conditions[] = {
    {"acl", "deny acl = other"}, {"atrn_domains", {}}, {"authenticated", {}}, {"condition", "deny condition = yes"},
    {"decode", {}}, {"dkim_signers", {}}, {"dkim_status", "deny dkim_status = fail"}, {"dmarc_status", "deny dmarc_status = reject"}, {"dnslists", "deny dnslists = rbl.example"},
    {"domains", {}}, {"encrypted", {}}, {"hosts", {}}, {"local_parts", {}}, {"malware", {}}, {"mime_regex", "deny mime_regex = x"},
    {"ratelimit", "deny ratelimit = 10/1h"}, {"recipients", {}}, {"regex", "deny regex = x"}, {"seen", "deny seen = 5m"},
    {"sender_domains", {}}, {"senders", {}}, {"spam", "deny spam = nobody"}, {"spf", "deny spf = fail"},
    {"spf_guess", "deny spf_guess = fail"}, {"verify", "deny verify = helo"},
};

constexpr Word modifiers[] = {
    {"add_header", "warn add_header = X: y"}, {"continue", "warn continue = x"}, {"control", "warn control = freeze"},
    {"delay", "warn delay = 1s"}, {"endpass", "accept endpass"}, {"log_message", "deny log_message = x"},
    {"log_reject_target", "deny log_reject_target = main"}, {"logwrite", "warn logwrite = x"}, {"message", "deny message = x"},
    {"queue", "warn queue = x"}, {"remove_header", "warn remove_header = X"}, {"set", "warn set acl_m0 = x"},
    {"udpsend", "warn udpsend = <; 127.0.0.1;1;x"},
};

constexpr const char* controls[] = {
    "allow_auth_unadvertised", "caseful_local_part", "caselower_local_part", "cutthrough_delivery", "debug",
    "dkim_disable_verify", "dmarc_disable_verify", "dmarc_enable_forensic", "dscp", "enforce_sync", "fakedefer",
    "fakereject", "freeze", "no_callout_flush", "no_delay_flush", "no_enforce_sync", "no_mbox_unspool",
    "no_multiline_responses", "no_pipelining", "queue", "queue_only", "submission", "suppress_local_fixups",
    "utf8_downconvert", "wellknown",
};

constexpr const char* verify_items[] = {"certificate", "csa", "header_names_ascii", "header_sender", "header_syntax",
                                             "helo", "not_blind", "recipient", "reverse_host_lookup", "sender"};
// The statement is what stands behind "verify = "; empty: recipient with the option alone.
constexpr Word callout_options[] = {
    {"connect", "recipient/callout=connect=5s"}, {"defer_ok", {}}, {"fullpostmaster", {}}, {"hold", {}},
    {"mailfrom", "header_sender/callout=mailfrom=a@b.example"}, {"maxwait", "recipient/callout=maxwait=5s"}, {"no_cache", {}},
    {"postmaster", {}}, {"postmaster_mailfrom", "recipient/callout=postmaster_mailfrom=a@b.example"}, {"random", {}},
    {"use_postmaster", {}}, {"use_sender", {}}, {"use_tptsender", {}},
};
constexpr const char* ratelimit_options[] = {"count", "leaky", "noupdate", "per_addr", "per_byte", "per_cmd",
                                                  "per_conn", "per_mail", "per_rcpt", "readonly", "strict", "unique"};
// What stands in av_scanner; empty: the name alone.
constexpr Word scanners[] = {
    {"avast", {}}, {"aveserver", {}}, {"clamd", {}}, {"cmdline", "cmdline:/bin/scan %s:found:(.*)"}, {"drweb", {}}, {"f-prot6d", {}},
    {"f-protd", {}}, {"fsecure", {}}, {"kavdaemon", {}}, {"mksd", {}}, {"sock", "sock:/run/scan.sock:%s:found:(.*)"}, {"sophie", {}},
};

std::string scanner_refusal(std::string_view option)
{
    const auto read = scan::virus_scanner(option);
    if (read)
        return {};
    constexpr std::string_view known = " is not supported: ";
    const auto at = read.error().text.find(known);
    return at == std::string::npos ? read.error().text : read.error().text.substr(at + known.size());
}

// Words of Exim that the reader refuses without a reason, and what does it in their place.
struct Replaced {
    std::string_view name, why;
};
constexpr Replaced replaced[] = {
    {"dmarc_enable_forensic", "reports of single failures are not sent (dmarc_forensic_sender)"},
};

std::string with_replacement(std::string_view name, std::string refusal)
{
    const auto* known = std::ranges::find(replaced, name, &Replaced::name);
    return refusal.empty() || known == std::end(replaced) ? refusal : std::string(known->why);
}

void phases(Page& page)
{
    for (const auto& option : conf::main_table().options())
        if (option.name.starts_with("acl_smtp_") || option.name.starts_with("acl_not_smtp"))
            page.push_back({"acl_phases", std::string(option.name),
                            option.standing == config::Standing::supported ? "" : with_replacement(option.name, "no such point is passed in this version")});
}

void write(Page& page)
{
    const Reader reader;
    phases(page);
    for (const std::string verb : {"accept", "defer", "deny", "discard", "drop", "require", "warn"})
        page.push_back({"acl_verbs", verb, reader.refusal(verb + " hosts = *")});
    for (const auto& word : conditions) {
        const std::string usual = "deny " + std::string(word.name) + " = *";
        page.push_back({"acl_conditions", std::string(word.name),
                        with_replacement(word.name, reader.refusal(word.statement.empty() ? usual : std::string(word.statement)))});
    }
    for (const auto& word : modifiers)
        page.push_back({"acl_modifiers", std::string(word.name), reader.refusal(std::string(word.statement))});
    for (const std::string name : controls)
        page.push_back({"acl_controls", name, with_replacement(name, reader.refusal("warn control = " + name + (name == "dscp" ? "/ef" : name == "wellknown" ? "/${lookup{x}dsearch{/tmp}}" : "")))});
    for (const std::string name : verify_items)
        page.push_back({"acl_verify_items", name, reader.refusal("deny verify = " + name)});
    for (const auto& [name, statement] : callout_options) {
        const auto asked = statement.empty() ? "recipient/callout=" + std::string(name) : std::string(statement);
        page.push_back({"acl_callout_options", std::string(name), with_replacement(name, reader.refusal("deny verify = " + asked))});
    }
    for (const std::string name : ratelimit_options) // read when it is asked
        page.push_back({"acl_ratelimit_options", name, reader.refusal("deny ratelimit = 10/1h/" + name)});
    for (const auto& [name, option] : scanners)
        page.push_back({"malware_scanners", std::string(name), scanner_refusal(option.empty() ? name : option)});
}

const RegisterCoverage self{{.name = "c acls", .write = write}};

}
}
