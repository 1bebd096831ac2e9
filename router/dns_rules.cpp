#include "router/dns_rules.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/dns/authority.h"
#include "common/event/loop.h"
#include "common/log/log.h"
#include "common/mail/alabel.h"

namespace gp::router {
namespace {

// Records show octets that are not ASCII as \DDD (RFC 1035 section 5.1); a name in UTF-8 is looked up in its ASCII form.
std::string ascii_name(std::string_view name)
{
    std::string utf8;
    for (std::size_t at = 0; at < name.size(); ++at) {
        const auto escape = name.substr(at, 4);
        const auto octet = parse_unsigned(escape.substr(1));
        const bool is_octet = escape.size() == 4 && escape[0] == '\\' && octet && *octet < 256;
        utf8 += is_octet ? static_cast<char>(*octet) : name[at];
        at += is_octet ? 3 : 0;
    }
    return mail::is_ascii(utf8) ? std::string(name) : mail::domain_to_alabel(utf8).value_or(std::string(name));
}

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
    expand::ListText trusted;
    if (const auto& all = configuration.main.all; all.is_set("dns_trust_aa"))
        trusted = TRY(expand::ListText::parse(language, match::Kind::domain, all.expandable("dns_trust_aa").text));
    if (trusted.empty())
        dns::believe_zones({});
    else
        dns::believe_zones([rules = made.get(), zones = std::move(trusted)](std::string_view zone) { return rules->is_in(zones, zone); });
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

void DnsRules::tell_failure(std::string_view name, dns::Type type, const Error& error)
{
    const void* fiber = event::in_fiber() ? event::fiber_name().data() : nullptr;
    if (!teller_ || !telling_.insert(fiber).second)
        return;
    teller_((error.blame == Blame::temporary ? "AGAIN:" : "FAIL:") + std::string(name) + ":" + dns::type_name(type));
    telling_.erase(fiber);
}

Result<dns::Answer> DnsRules::lookup(std::string_view name, dns::Type type, event::Deadline until)
{
    if (name.find('\\') != std::string_view::npos)
        if (const auto other = ascii_name(name); other != name)
            return lookup(other, type, until);
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
    if (!answer)
        tell_failure(name, type, answer.error());
    return answer;
}

}
