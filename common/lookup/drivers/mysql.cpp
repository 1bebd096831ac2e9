// mysql: SQL for MySQL or MariaDB behind a server, asked through a module with the client library
// (server_pool.h).

#include "common/lookup/detail/server_words.h"
#include "common/lookup/server_pool.h"

namespace gp::lookup {
namespace {

Result<std::string> quote_mysql(std::string_view words, std::string_view variant)
{
    if (!variant.empty())
        return unrecognised_variant(variant, "mysql");
    return sql_quoted(words, false);
}

const RegisterLookup self{{
    .name = "mysql",
    .style = Style::query,
    .open = [](const Environment& environment,
               const std::string&) { return open_servers(environment, *server_kind("mysql")); },
    .quote = quote_mysql,
    .doc = "SQL for MySQL or MariaDB.",
}};

}
}
