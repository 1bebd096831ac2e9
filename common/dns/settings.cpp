#include "common/dns/settings.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/dns/caching_resolver.h"
#include "common/dns/stub_resolver.h"
#include "common/dns/unbound_resolver.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace gp::dns {
namespace {

constexpr std::size_t max_servers = 8;
constexpr std::size_t max_search = 16;

std::vector<std::string_view> words(std::string_view line)
{
    std::vector<std::string_view> out;
    while (!(line = trim_left(line)).empty()) {
        const auto end = std::ranges::find_if(line, is_space) - line.begin();
        out.push_back(line.substr(0, static_cast<std::size_t>(end)));
        line.remove_prefix(static_cast<std::size_t>(end));
    }
    return out;
}

std::uint32_t bounded(std::string_view digits, std::uint32_t least, std::uint32_t most, std::uint32_t otherwise)
{
    const auto number = parse_unsigned(digits);
    return number ? static_cast<std::uint32_t>(std::clamp<std::uint64_t>(*number, least, most)) : otherwise;
}

void read_option(ResolverSettings& settings, std::string_view option)
{
    const auto colon = option.find(':');
    const auto name = option.substr(0, colon);
    const auto value = colon == option.npos ? std::string_view{} : option.substr(colon + 1);
    if (name == "ndots")
        settings.ndots = bounded(value, 0, 15, settings.ndots);
    else if (name == "timeout")
        settings.retransmit_ms = 1000 * bounded(value, 1, 30, 5);
    else if (name == "attempts")
        settings.rounds = bounded(value, 1, 5, settings.rounds);
}

void read_search(ResolverSettings& settings, std::vector<std::string_view> list)
{
    settings.search.clear();
    for (const auto& domain : list)
        if (settings.search.size() < max_search && domain != "." && encode_name(domain))
            settings.search.push_back(normal_name(domain));
}

}

ResolverSettings parse_resolv_conf(std::string_view text)
{
    ResolverSettings settings;
    for (auto line : split(text, '\n')) {
        line = line.substr(0, line.find_first_of("#;"));
        auto list = words(line);
        if (list.size() < 2)
            continue;
        const auto keyword = list.front();
        list.erase(list.begin());
        if (keyword == "nameserver" && settings.servers.size() < max_servers) {
            if (net::Address::is_address(list.front()))
                settings.servers.emplace_back(list.front());
        } else if (keyword == "search" || keyword == "domain") {
            read_search(settings, std::move(list));
        } else if (keyword == "options") {
            for (const auto& option : list)
                read_option(settings, option);
        }
    }
    return settings;
}

ResolverSettings system_settings(const std::vector<std::string>& dns_servers)
{
    std::ifstream file("/etc/resolv.conf", std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    auto settings = parse_resolv_conf(text.str());
    if (!dns_servers.empty())
        settings.servers = dns_servers;
    if (settings.servers.empty())
        settings.servers.emplace_back("127.0.0.1"); // resolv.conf(5): the default
    return settings;
}

Result<std::unique_ptr<Resolver>> make_resolver(const ResolverSettings& settings)
{
    std::unique_ptr<Resolver> source;
    if (settings.trust_anchor.empty())
        source = TRY(StubResolver::make(settings));
    else
        source = TRY(UnboundResolver::make(settings));
    if (settings.cache_entries == 0)
        return source;
    return std::unique_ptr<Resolver>(std::make_unique<CachingResolver>(
        std::move(source), CachingResolver::Limits{.entries = settings.cache_entries,
                                                   .octets = settings.cache_octets,
                                                   .max_ttl = settings.max_ttl}));
}

Result<Answer> lookup_searching(Resolver& resolver, const ResolverSettings& settings, std::string_view name, Type type,
                                Search search, event::Deadline until)
{
    std::vector<std::string> candidates;
    const bool absolute = name.ends_with('.');
    const bool single = name.find('.') == name.npos;
    const std::string home = settings.search.empty() ? std::string{} : settings.search.front();
    if (!absolute && single && search.qualify_single && !home.empty())
        candidates.push_back(std::string(name) + "." + home);
    if (!absolute && !single && search.search_parents)
        for (std::size_t dot = 0; dot != home.npos && !home.empty(); dot = home.find('.', dot + 1))
            candidates.push_back(std::string(name) + "." + home.substr(dot == 0 ? 0 : dot + 1));
    // RFC 1535 section 6: a name with dots is tried as it is before anything is put behind it.
    candidates.insert(single ? candidates.end() : candidates.begin(), std::string(name));
    std::optional<Answer> fallback;
    for (const auto& candidate : candidates) {
        auto answer = TRY(resolver.lookup(candidate, type, until));
        if (answer.found())
            return answer;
        if (!fallback || (answer.kind == Answer::Kind::no_such_record && fallback->kind == Answer::Kind::no_such_name))
            fallback = std::move(answer);
    }
    return std::move(*fallback);
}

}
