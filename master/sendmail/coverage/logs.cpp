// Log selectors, and the kinds of debugging output.

#include "conf/log_selector.h"
#include "master/sendmail/coverage.h"

namespace gp::sendmail {
namespace {

constexpr std::string_view debug_selectors[] = {
    "acl", "all", "auth", "deliver", "dns", "dnsbl", "exec", "expand", "filter", "hints_lookup", "host_lookup", "ident",
    "interface", "lists", "load", "local_scan", "lookup", "memory", "noutf8", "pid", "process_info", "queue_run",
    "receive", "resolver", "retry", "rewrite", "route", "timestamp", "tls", "transport", "uid", "verify",
};
// Those under which nothing is told, and what tells it.
struct Untold {
    std::string_view word, why;
};
constexpr std::string_view services_do = "the modes that -d is for do not do it; gatepost log tells what the services did";
constexpr Untold untold[] = {
    {"deliver", services_do},
    {"ident", "RFC 1413 is not asked"},
    {"local_scan", "there is no local_scan() function"},
    {"memory", "there is no storage allocator of our own"},
    {"process_info", "gatepost status tells what each process does"},
    {"queue_run", services_do},
    {"tls", services_do},
};

std::string why_untold(std::string_view word)
{
    for (const auto& row : untold)
        if (row.word == word)
            return std::string(row.why);
    return {};
}

void write(Page& page)
{
    const auto by_default = conf::LogSelector::parse("");
    page.push_back({"log_selectors", "all", {}});
    for (const auto word : conf::LogSelector::known()) {
        const auto asked = conf::LogSelector::parse("+" + std::string(word));
        const auto why = asked ? std::string{} : asked.error().text;
        const auto colon = why.rfind(": ");
        page.push_back({"log_selectors", std::string(word), colon == why.npos ? why : why.substr(colon + 2)});
        if (by_default && by_default->has(word))
            page.push_back({"log_selectors_default", std::string(word), {}});
    }
    for (const auto word : debug_selectors)
        page.push_back({"debug_selectors", std::string(word), why_untold(word)});
    for (const std::string name : {"auth:fail", "dane:fail", "dns:fail", "msg:complete", "msg:defer", "msg:delivery", "msg:fail:delivery", "msg:fail:internal",
                                   "msg:host:defer", "msg:rcpt:defer", "msg:rcpt:host:defer", "smtp:connect", "smtp:ehlo",
                                   "smtp:fail:protocol", "smtp:fail:syntax", "tcp:close", "tcp:connect", "tls:cert", "tls:fail:connect"})
        page.push_back({"events", name, {}});
}

const RegisterCoverage self{{.name = "e logs", .write = write}};

}
}
