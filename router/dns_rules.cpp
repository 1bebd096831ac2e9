#include "router/dns_rules.h"

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::router {
namespace {

dns::Answer nothing(std::string_view name, dns::Type type, dns::Answer::Kind kind)
{
    dns::Answer answer{.kind = kind, .name = dns::normal_name(name), .type = type};
    answer.canonical = answer.name;
    return answer;
}

}

Result<std::unique_ptr<DnsRules>> DnsRules::make(const conf::Configuration& configuration,
                                                 const expand::Language& language, dns::Resolver& resolver)
{
    std::unique_ptr<DnsRules> made{new DnsRules(resolver)};
    const auto& settings = configuration.main.resolver;
    if (!settings.dns_check_names_pattern.empty()) {
        auto pattern = lookup::Regex::compile(settings.dns_check_names_pattern);
        if (!pattern)
            return misconfigured("dns_check_names_pattern: " + pattern.error().text);
        made->good_names_ = std::move(pattern).take();
    }
    for (const auto& [text, list] : {std::pair{&settings.dns_again_means_nonexist, &made->again_means_nonexist_},
                                     std::pair{&settings.dns_ipv4_lookup, &made->ipv4_only_}})
        if (text->is_set)
            *list = TRY(expand::ListText::parse(language, match::Kind::domain, text->text));
    made->slow_ = Duration{settings.slow_lookup_log};
    made->no_ipv6_ = settings.disable_ipv6;
    return made;
}

// A list that cannot be matched now is as if the name were not in it: the question itself goes on.
bool DnsRules::is_in(const expand::ListText& list, std::string_view name) const
{
    if (list.empty() || !world_)
        return false;
    expand::Scene scene{*world_};
    const auto match = list.domain(scene, name);
    return match && *match;
}

Result<dns::Answer> DnsRules::lookup(std::string_view name, dns::Type type, event::Deadline until)
{
    if (type == dns::Type::aaaa && (no_ipv6_ || is_in(ipv4_only_, name)))
        return nothing(name, type, dns::Answer::Kind::no_such_record);
    // Names that begin with an underscore are those of services, which the pattern is not about.
    if (good_names_ && !name.starts_with('_') && type != dns::Type::ptr && type != dns::Type::txt) {
        const auto good = good_names_.matches(name);
        if (good && !*good)
            return nothing(name, type, dns::Answer::Kind::no_such_name);
    }
    const auto started = std::chrono::steady_clock::now();
    auto answer = resolver_.lookup(name, type, until);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    if (log::debugging("dns"))
        log::debug("dns", dns::type_name(type) + " of " + escape(name) + ": " +
                              (!answer ? "cannot tell: " + answer.error().text
                               : answer->kind == dns::Answer::Kind::records
                                   ? std::to_string(answer->records.size()) + " records" + (answer->secure ? ", secure" : "")
                               : answer->kind == dns::Answer::Kind::no_such_name ? "no such name" : "no such record") +
                              " (" + std::to_string(took.count()) + " ms)");
    if (slow_.count() > 0 && took > slow_)
        log::main("Long " + dns::type_name(type) + " lookup for '" + escape(name) + "': " + std::to_string(took.count()) + " msec");
    if (!answer && answer.error().blame == Blame::temporary && is_in(again_means_nonexist_, name))
        return nothing(name, type, dns::Answer::Kind::no_such_name);
    return answer;
}

}
