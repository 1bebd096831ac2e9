// ${substr{start}{length}{text}}, ${length{n}{text}}, ${hash{n}{m}{text}}, ${nhash{n}{m}{text}}.

#include "common/expand/detail/slices.h"
#include "common/expand/item.h"

namespace gp::expand {
namespace {

const Text& subject(const ItemCall& call)
{
    return call.arguments.back();
}

Result<std::optional<std::int64_t>> second_number(const ItemCall& call)
{
    if (call.arguments.size() < 3)
        return std::optional<std::int64_t>();
    return std::optional(TRY(item_number(call.arguments[1].text, call.name, false)));
}

Text same_taint(const ItemCall& call, std::string words)
{
    Text out = Text::clean(std::move(words));
    out.mark(subject(call));
    return out;
}

Result<Text> substr(const ItemCall& call)
{
    const auto start = TRY(item_number(call.arguments[0].text, call.name, true));
    const auto length = TRY(second_number(call));
    return same_taint(call, std::string(substring(subject(call).text, start, length)));
}

Result<Text> length(const ItemCall& call)
{
    const auto wanted = TRY(item_number(call.arguments[0].text, call.name, false));
    return same_taint(call, std::string(substring(subject(call).text, 0, wanted)));
}

Result<Text> hash(const ItemCall& call)
{
    const auto size = TRY(item_number(call.arguments[0].text, call.name, true));
    if (size < 0)
        return misconfigured("\"" + call.arguments[0].text + "\" is not a positive number (in \"hash\" expansion)");
    return same_taint(call, TRY(text_hash(subject(call).text, size, TRY(second_number(call)))));
}

Result<Text> nhash(const ItemCall& call)
{
    const auto first = TRY(item_number(call.arguments[0].text, call.name, true));
    return Text::clean(TRY(numeric_hash(subject(call).text, first, TRY(second_number(call)))));
}

const RegisterItem items[] = {
    RegisterItem{{.name = "substr", .least = 2, .most = 3, .apply = substr, .doc = "A part of a text."}},
    RegisterItem{{.name = "length", .least = 2, .most = 2, .apply = length, .doc = "The first octets of a text."}},
    RegisterItem{{.name = "hash", .least = 2, .most = 3, .apply = hash, .doc = "A textual hash."}},
    RegisterItem{{.name = "nhash", .least = 2, .most = 3, .apply = nhash, .doc = "A numeric hash."}},
};

}
}
