// oracle: SQL for Oracle (there is no module).

#include "common/lookup/detail/server_words.h"

namespace gp::lookup {
namespace {

Result<std::string> quote_oracle(std::string_view words, std::string_view variant)
{
    if (!variant.empty())
        return unrecognised_variant(variant, "oracle");
    return sql_quoted(words, false);
}

const RegisterLookup self{{
    .name = "oracle",
    .style = Style::query,
    .open = [](const Environment&, const std::string&) { return no_module("oracle"); },
    .quote = quote_oracle,
    .doc = "SQL for Oracle.",
}};

}
}
