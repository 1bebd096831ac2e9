// nisplus: a NIS+ table (there is no module).

#include "common/base/text.h"
#include "common/lookup/detail/server_words.h"

namespace gp::lookup {
namespace {

Result<std::string> quote_nisplus(std::string_view words, std::string_view variant)
{
    if (!variant.empty())
        return unrecognised_variant(variant, "nisplus");
    return replace_all(std::string(words), "\"", "\"\"");
}

const RegisterLookup self{{
    .name = "nisplus",
    .style = Style::query,
    .open = [](const Environment&, const std::string&) { return no_module("nisplus"); },
    .quote = quote_nisplus,
    .doc = "A NIS+ table.",
}};

}
}
