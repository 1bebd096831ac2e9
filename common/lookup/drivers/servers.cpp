// mysql, pgsql, redis: data bases behind a server, asked through a module with the client library
// (server_pool.h). oracle, nisplus: names and quoting rules are known, so that a text which uses them can be
// read; there is no module for them, and each look-up is put off with a message that says so.

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

constexpr char mysql[] = "mysql", pgsql[] = "pgsql", redis[] = "redis", oracle[] = "oracle", nisplus[] = "nisplus";

// clang-format off
const RegisterLookup servers[] = {
    RegisterLookup{{.name = mysql,   .style = Style::query, .open = of_servers<mysql>,   .quote = quote_mysql,   .doc = "SQL for MySQL or MariaDB."}},
    RegisterLookup{{.name = pgsql,   .style = Style::query, .open = of_servers<pgsql>,   .quote = quote_pgsql,   .doc = "SQL for PostgreSQL."}},
    RegisterLookup{{.name = redis,   .style = Style::query, .open = of_servers<redis>,   .quote = quote_redis,   .doc = "A Redis command."}},
    RegisterLookup{{.name = oracle,  .style = Style::query, .open = no_module<oracle>,  .quote = quote_oracle,  .doc = "SQL for Oracle."}},
    RegisterLookup{{.name = nisplus, .style = Style::query, .open = no_module<nisplus>, .quote = quote_nisplus, .doc = "A NIS+ table."}},
};
// clang-format on

}
}
