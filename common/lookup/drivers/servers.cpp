// mysql, pgsql, redis: data bases behind a server, asked through a module with the client library
// (server_pool.h). ldap, ldapdn, ldapm, oracle, nisplus: names and quoting rules are known, so that a text which
// uses them can be read; there is no module for them, and each look-up is put off with a message that says so.

#include "common/base/text.h"
#include "common/lookup/lookup.h"
#include "common/lookup/server_pool.h"

namespace gp::lookup {
namespace {

Error unrecognised(std::string_view variant, std::string_view name)
{
    return misconfigured("\"" + std::string(variant) + "\" unrecognized after \"${quote_" + std::string(name) + "\"");
}

// Manual 9.22: newline, tab, carriage return and backspace by letters; quotes and backslashes escaped.
std::string sql_quoted(std::string_view words, bool doubles_single)
{
    std::string out;
    for (const char c : words) {
        switch (c) {
        case '\n':
            out += "\\n";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\b':
            out += "\\b";
            break;
        case '\'':
            out += doubles_single ? "''" : "\\'";
            break;
        case '"':
        case '\\':
            out += '\\';
            out += c;
            break;
        default:
            out += c;
        }
    }
    return out;
}

Result<std::string> quote_mysql(std::string_view words, std::string_view variant)
{
    if (!variant.empty())
        return unrecognised(variant, "mysql");
    return sql_quoted(words, false);
}

Result<std::string> quote_pgsql(std::string_view words, std::string_view variant)
{
    if (!variant.empty())
        return unrecognised(variant, "pgsql");
    return sql_quoted(words, true);
}

Result<std::string> quote_oracle(std::string_view words, std::string_view variant)
{
    if (!variant.empty())
        return unrecognised(variant, "oracle");
    return sql_quoted(words, false);
}

Result<std::string> quote_redis(std::string_view words, std::string_view variant)
{
    if (!variant.empty())
        return unrecognised(variant, "redis");
    std::string out;
    for (const char c : words) {
        if (is_space(c) || c == '\\')
            out += '\\';
        out += c;
    }
    return out;
}

Result<std::string> quote_nisplus(std::string_view words, std::string_view variant)
{
    if (!variant.empty())
        return unrecognised(variant, "nisplus");
    return replace_all(std::string(words), "\"", "\"\"");
}

// RFC 3986 section 2.1, but for the characters that manual 9.16 lists.
void add_url_quoted(std::string& out, char c)
{
    constexpr std::string_view digits = "0123456789ABCDEF", plain = "!$'-._()*+";
    const auto octet = static_cast<unsigned char>(c);
    if (is_alnum(c) || plain.find(c) != std::string_view::npos)
        out += c;
    else
        out.append("%").append(1, digits[octet >> 4]).append(1, digits[octet & 15]);
}

std::string url_quoted(std::string_view words)
{
    std::string out;
    for (const char c : words)
        add_url_quoted(out, c);
    return out;
}

// Manual 9.16: for a filter (RFC 4515), or for a DN (RFC 4514).
Result<std::string> quote_ldap(std::string_view words, std::string_view variant)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string quoted;
    if (variant == "dn") {
        const auto first = words.find_first_not_of(" #");
        const auto last = words.find_last_not_of(' ');
        for (std::size_t i = 0; i < words.size(); ++i) {
            const bool at_ends = (i < first && (words[i] == ' ' || words[i] == '#')) ||
                                 (last != std::string_view::npos && i > last);
            if (at_ends || std::string_view(",+\"\\<>;").find(words[i]) != std::string_view::npos)
                quoted += '\\';
            quoted += words[i];
        }
    } else if (!variant.empty()) {
        return unrecognised(variant, "ldap");
    } else {
        for (const char c : words) {
            if (std::string_view("*()\\").find(c) == std::string_view::npos) {
                quoted += c;
                continue;
            }
            quoted.append("\\").append(1, digits[static_cast<unsigned char>(c) >> 4]).append(1, digits[c & 15]);
        }
    }
    return url_quoted(quoted);
}

template <const char* name>
Result<std::unique_ptr<Source>> of_servers(const Environment& environment, const std::string&)
{
    return open_servers(environment, *server_kind(name));
}

template <const char* name>
Result<std::unique_ptr<Source>> no_module(const Environment&, const std::string&)
{
    return temporary("lookup type \"" + std::string(name) +
                     "\" is not available: this Gatepost has no module for it");
}

constexpr char mysql[] = "mysql", pgsql[] = "pgsql", redis[] = "redis", ldap[] = "ldap", ldapdn[] = "ldapdn",
               ldapm[] = "ldapm", oracle[] = "oracle", nisplus[] = "nisplus";

// clang-format off
const RegisterLookup servers[] = {
    RegisterLookup{{.name = mysql,   .style = Style::query, .open = of_servers<mysql>,   .quote = quote_mysql,   .doc = "SQL for MySQL or MariaDB."}},
    RegisterLookup{{.name = pgsql,   .style = Style::query, .open = of_servers<pgsql>,   .quote = quote_pgsql,   .doc = "SQL for PostgreSQL."}},
    RegisterLookup{{.name = redis,   .style = Style::query, .open = of_servers<redis>,   .quote = quote_redis,   .doc = "A Redis command."}},
    RegisterLookup{{.name = ldap,    .style = Style::query, .open = no_module<ldap>,    .quote = quote_ldap,    .doc = "One entry of a directory."}},
    RegisterLookup{{.name = ldapdn,  .style = Style::query, .open = no_module<ldapdn>,  .quote = quote_ldap,    .doc = "The DN of one entry."}},
    RegisterLookup{{.name = ldapm,   .style = Style::query, .open = no_module<ldapm>,   .quote = quote_ldap,    .doc = "Several entries of a directory."}},
    RegisterLookup{{.name = oracle,  .style = Style::query, .open = no_module<oracle>,  .quote = quote_oracle,  .doc = "SQL for Oracle."}},
    RegisterLookup{{.name = nisplus, .style = Style::query, .open = no_module<nisplus>, .quote = quote_nisplus, .doc = "A NIS+ table."}},
};
// clang-format on

}
}
