#include "conf/params/used_servers.h"

#include <algorithm>

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::conf {
namespace {

constexpr std::string_view ldap_words[] = {"ldap", "ldapdn", "ldapm", "ldapauth"};

bool names_type(std::string_view text, std::string_view type)
{
    for (auto at = text.find(type); at != std::string_view::npos; at = text.find(type, at + 1)) {
        const bool begins = at == 0 || !(is_alnum(text[at - 1]) || text[at - 1] == '_');
        const auto rest = text.substr(at + type.size());
        if (begins && (rest.starts_with(',') || rest.starts_with(';') || trim_left(rest).starts_with('{')))
            return true;
    }
    return false;
}

}

std::vector<std::string_view> used_servers(const Configuration& configuration)
{
    std::vector<std::string_view> out;
    for (const std::string_view type : {"mysql", "pgsql", "redis"})
        if (std::ranges::any_of(configuration.flat.lines,
                                [&](const config::Line& line) { return names_type(line.text, type); }))
            out.push_back(type);
    const bool uses_ldap = std::ranges::any_of(configuration.flat.lines, [&](const config::Line& line) {
        return std::ranges::any_of(ldap_words, [&](std::string_view word) { return names_type(line.text, word); });
    });
    if (uses_ldap)
        out.push_back("ldap");
    return out;
}

std::vector<std::uint32_t> ldap_ports(const Configuration& configuration)
{
    std::vector<std::uint32_t> out{389, 636};
    for (const auto& line : configuration.flat.lines)
        for (auto at = line.text.find("://"); at != std::string::npos; at = line.text.find("://", at + 1)) {
            const auto host = std::string_view(line.text).substr(at + 3, line.text.find_first_of("/?} \t", at + 3) - at - 3);
            const auto port = parse_unsigned(host.substr(std::min(host.rfind(':'), host.size() - 1) + 1));
            if (port && *port > 0 && *port < 65536)
                out.push_back(static_cast<std::uint32_t>(*port));
        }
    return out;
}

std::vector<std::uint32_t> socket_ports(const Configuration& configuration, bool& unix_sockets)
{
    std::vector<std::uint32_t> out;
    for (const auto& line : configuration.flat.lines) {
        unix_sockets |= line.text.find("ldapi://") != std::string::npos || line.text.find("saslauthd") != std::string::npos;
        for (auto at = line.text.find("readsocket"); at != std::string::npos; at = line.text.find("readsocket", at + 1)) {
            const auto brace = line.text.find('{', at);
            const auto name = std::string_view(line.text).substr(std::min(brace, line.text.size() - 1) + 1);
            if (!name.starts_with("inet:")) {
                unix_sockets = true;
                continue;
            }
            const auto end = name.substr(0, name.find('}'));
            const auto port = parse_unsigned(end.substr(std::min(end.rfind(':'), end.size() - 1) + 1));
            if (port && *port > 0 && *port < 65536)
                out.push_back(static_cast<std::uint32_t>(*port));
        }
    }
    return out;
}

}
