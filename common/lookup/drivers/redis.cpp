// redis: a Redis command behind a server, asked through a module with the client library (server_pool.h).

#include "common/base/text.h"
#include "common/lookup/detail/server_words.h"
#include "common/lookup/server_pool.h"

namespace gp::lookup {
namespace {

Result<std::string> quote_redis(std::string_view words, std::string_view variant)
{
    if (!variant.empty())
        return unrecognised_variant(variant, "redis");
    std::string out;
    for (const char c : words) {
        if (is_space(c) || c == '\\')
            out += '\\';
        out += c;
    }
    return out;
}

const RegisterLookup self{{
    .name = "redis",
    .style = Style::query,
    .open = [](const Environment& environment,
               const std::string&) { return open_servers(environment, *server_kind("redis")); },
    .quote = quote_redis,
    .doc = "A Redis command.",
}};

}
}
