#include "common/lookup/ldap_query.h"

#include <array>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/lookup/quoted.h"

namespace gp::lookup {
namespace {

constexpr std::array<std::string_view, 4> dereferences = {"never", "searching", "finding", "always"};

Result<unsigned> small_number(std::string_view name, std::string_view value)
{
    const auto number = parse_unsigned(value);
    if (!number || *number > 1'000'000)
        return misconfigured("LDAP parameter \"" + std::string(name) + "\" wants a number, not \"" + escape(value) + "\"");
    return static_cast<unsigned>(*number);
}

Status set(LdapQuery& query, std::string_view name, std::string value)
{
    if (same_nocase(name, "user")) {
        query.user = without_url_quotes(value);
    } else if (same_nocase(name, "pass")) {
        query.password = std::move(value);
    } else if (same_nocase(name, "size")) {
        query.size_limit = TRY(small_number(name, value));
    } else if (same_nocase(name, "time")) {
        query.time_limit = TRY(small_number(name, value));
    } else if (same_nocase(name, "connect") || same_nocase(name, "nettime")) {
        query.network_timeout = TRY(small_number(name, value));
    } else if (same_nocase(name, "servers")) {
        query.servers = config::split_list(value);
        query.has_servers = true;
    } else if (same_nocase(name, "dereference")) {
        query.dereference = lower(value);
        if (std::ranges::find(dereferences, query.dereference) == dereferences.end())
            return misconfigured("LDAP dereference parameter must be never, searching, finding or always");
    } else if (same_nocase(name, "referrals")) {
        query.follow_referrals = same_nocase(value, "follow");
        if (!query.follow_referrals && !same_nocase(value, "nofollow"))
            return misconfigured("LDAP option REFERRALS is not \"follow\" or \"nofollow\"");
    } else {
        return misconfigured("unknown parameter \"" + escape(name) + "=\" precedes LDAP URL (known are connect, "
                             "dereference, nettime, pass, referrals, servers, size, time, user)");
    }
    return {};
}

bool is_scheme(std::string_view text)
{
    return starts_nocase(text, "ldap://") || starts_nocase(text, "ldaps://") || starts_nocase(text, "ldapi://");
}

// "name=value " before the URL; the value may be quoted. What is left is the URL.
Result<std::string_view> read_settings(std::string_view text, LdapQuery& query)
{
    while (!(text = trim_left(text)).empty() && !is_scheme(text)) {
        const auto equals = text.find('=');
        const auto name = text.substr(0, std::min(equals, text.size()));
        if (equals == text.npos || name.find_first_of(" \t:/?") != name.npos)
            return misconfigured("LDAP URL does not start with \"ldap://\", \"ldaps://\", or \"ldapi://\" (it starts with \"" +
                                 escape(text.substr(0, 16)) + "…\")");
        std::size_t at = equals + 1;
        std::string value = read_word(text, at);
        TRY(set(query, name, std::move(value)));
        text.remove_prefix(std::min(at, text.size()));
    }
    return text;
}

}

std::string without_url_quotes(std::string_view text)
{
    const auto digit = [](char c) { return is_digit(c) ? c - '0' : (to_upper(c) >= 'A' && to_upper(c) <= 'F') ? to_upper(c) - 'A' + 10 : -1; };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
            out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

Result<LdapServer> parse_ldap_server(std::string_view text)
{
    LdapServer out;
    text = trim(text);
    if (text.starts_with('/')) {
        out.socket = text;
        return out;
    }
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == text.npos)
            return misconfigured("LDAP server \"" + escape(text) + "\" has no closing bracket");
        out.host = text.substr(1, end - 1);
        port = text.substr(end + 1);
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        out.host = text.substr(0, colon);
        port = text.substr(colon);
    }
    if (port.starts_with(':'))
        port.remove_prefix(1);
    if (port.empty())
        return out;
    const auto number = parse_unsigned(port);
    if (!number || *number == 0 || *number > 65535)
        return misconfigured("LDAP server \"" + escape(text) + "\" has no valid port");
    out.port = static_cast<unsigned>(*number);
    return out;
}

Result<LdapQuery> parse_ldap_query(std::string_view text)
{
    LdapQuery query;
    const auto url = trim_right(TRY(read_settings(text, query)));
    if (url.empty())
        return misconfigured("LDAP URL does not start with \"ldap://\", \"ldaps://\", or \"ldapi://\" (there is none)");
    const auto colon = url.find(':');
    query.scheme = lower(url.substr(0, colon));
    auto rest = url.substr(colon + 3);
    const auto slash = std::min(rest.find('/'), rest.size());
    const auto host = without_url_quotes(rest.substr(0, slash));
    query.search = rest.substr(std::min(slash + 1, rest.size()));
    if (host.empty())
        return query;
    const auto server = TRY(parse_ldap_server(host));
    query.host = server.socket.empty() ? server.host : server.socket;
    query.port = server.port;
    if (query.scheme == "ldapi" && server.socket.empty())
        return misconfigured("ldapi requires an absolute path (\"" + escape(host) + "\" given)");
    return query;
}

}
