// pgsql: SQL for PostgreSQL behind a server, asked through a module with the client library (server_pool.h).

#include "common/lookup/detail/server_words.h"
#include "common/lookup/server_pool.h"

namespace gp::lookup {
namespace {

Result<std::string> quote_pgsql(std::string_view words, std::string_view variant)
{
    if (!variant.empty())
        return unrecognised_variant(variant, "pgsql");
    return sql_quoted(words, true);
}

const RegisterLookup self{{
    .name = "pgsql",
    .style = Style::query,
    .open = [](const Environment& environment,
               const std::string&) { return open_servers(environment, *server_kind("pgsql")); },
    .quote = quote_pgsql,
    .doc = "SQL for PostgreSQL.",
}};

}
}
