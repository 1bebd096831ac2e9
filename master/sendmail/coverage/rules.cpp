// Retry and rewriting rules, filters, Sieve and built-in macros: tried, or asked of their registries.

#include "common/base/text.h"
#include "common/filter/words.h"
#include "common/sieve/words.h"
#include "conf/params/rules.h"
#include "conf/params/tables.h"
#include "master/sendmail/coverage.h"

namespace gp::sendmail {
namespace {

constexpr const char* retry_errors[] = {
    "*", "auth_failed", "data_4xx", "lookup", "lost_connection", "mail_4xx", "quota", "quota_<time>", "rcpt_4xx", "refused",
    "refused_A", "refused_MX", "timeout", "timeout_A", "timeout_connect", "timeout_connect_A", "timeout_connect_MX",
    "timeout_MX", "tls_required",
};
constexpr const char* filter_commands[] = {"add", "deliver", "elif", "else", "endif", "fail", "finish", "freeze",
                                                "headers", "if", "logfile", "logwrite", "mail", "noerror", "pipe", "save",
                                                "seen", "testprint", "unseen", "vacation"};
constexpr const char* filter_conditions[] = {"above", "and", "BEGINS", "begins", "below", "CONTAINS", "contains",
                                                  "delivered", "ENDS", "ends", "error_message", "first_delivery",
                                                  "foranyaddress", "IS", "is", "manually_thawed", "MATCHES", "matches",
                                                  "not", "or", "personal"};
constexpr const char* sieve_extensions[] = {"comparator-i;ascii-numeric", "copy", "encoded-character", "enotify",
                                                 "envelope", "envelope-auth", "fileinto", "subaddress", "vacation"};
constexpr std::string_view macro_beginnings[] = {
    "_DRVR_*", "_EXIM_VERSION", "_HAVE_*", "_LKUP_*", "_LOG_*", "_OPT_AUTHENTICATOR_*_*", "_OPT_AUTHENTICATORS_*",
    "_OPT_MAIN_*", "_OPT_ROUTER_*_*", "_OPT_ROUTERS_*", "_OPT_TRANSPORT_*_*", "_OPT_TRANSPORTS_*",
};

std::string refusal(config::Problems& problems)
{
    return problems.has_errors() ? problems.all().front().reason : std::string();
}

void rules(Page& page)
{
    for (const std::string name : retry_errors) {
        config::Problems problems;
        const auto word = name == "quota_<time>" ? "quota_7d" : name;
        (void)conf::read_retry({{.text = "* " + word + " F,1h,1m"}}, problems);
        page.push_back({"retry_errors", name, refusal(problems)});
    }
    for (const char flag : std::string_view("bcEFfhQqRrSsTtw")) {
        config::Problems problems;
        (void)conf::read_rewrite({{.text = std::string("^x x@y ") + flag}}, problems);
        page.push_back({"rewrite_flags", std::string(1, flag), refusal(problems)});
    }
}

// The structure of a filter is the reader's own; the rest has files.
void filters(Page& page)
{
    constexpr std::string_view structure[] = {"elif", "else", "endif", "seen", "unseen", "noerror", "and", "or", "not"};
    const auto words = filter::Words::linked();
    const auto is_structure = [&](std::string_view name) { return std::ranges::find(structure, name) != std::end(structure); };
    for (const std::string name : filter_commands)
        page.push_back({"filter_commands", name,
                        is_structure(name) || words.commands.find(name) ? "" : "the reader of filters does not know it"});
    for (const std::string name : filter_conditions)
        page.push_back({"filter_conditions", name,
                        is_structure(name) || words.conditions.find(name) || words.comparisons.find(lower(name)) ?
                            "" : "the reader of filters does not know it"});
    const auto sieve = sieve::Words::linked();
    for (const std::string name : sieve_extensions)
        page.push_back({"sieve_extensions", name,
                        sieve.capabilities.find(name) ? "" : "no extension of that name may be required"});
}

// "_OPT_ROUTER_*_*": macros whose names have these parts.
bool fits(std::string_view pattern, std::string_view name)
{
    const auto star = pattern.find('*');
    if (star == pattern.npos)
        return pattern == name;
    return name.starts_with(pattern.substr(0, star)) && name.size() > star;
}

void macros(Page& page)
{
    config::Macros made;
    conf::add_built_in_macros(made);
    for (const auto pattern : macro_beginnings)
        page.push_back({"builtin_macro_prefixes", std::string(pattern),
                        std::ranges::any_of(made.built_in(), [&](const config::Macro& macro) { return fits(pattern, macro.name); }) ?
                            "" : "no macro of this kind is made"});
}

void write(Page& page)
{
    rules(page);
    filters(page);
    macros(page);
}

const RegisterCoverage self{{.name = "d rules", .write = write}};

}
}
