#include "common/expand/detail/list_walk.h"

#include "common/expand/parser.h"

namespace gp::expand {

Text list_element(const Text& list, std::string item)
{
    Text out = Text::clean(std::move(item));
    out.mark(list);
    return out;
}

std::string item_words(std::string_view name)
{
    return "\"" + std::string(name) + "\" item";
}

Error within_item(Error error, std::string_view name)
{
    return inside(std::move(error), item_words(name));
}

Result<std::unique_ptr<Sequence>> list_argument(Parser& parser, std::string_view which, std::string_view item)
{
    parser.skip_space();
    if (!parser.take('{'))
        return parser.fail("missing '{' for " + std::string(which) + " arg of " + std::string(item));
    auto out = TRY(parser.inside_braces());
    if (!parser.take('}'))
        return parser.fail("missing '}' closing " + std::string(which) + " arg of " + std::string(item));
    return out;
}

Status list_item_end(Parser& parser, std::string_view item)
{
    parser.skip_space();
    if (!parser.take('}'))
        return parser.fail("missing } at end of \"" + std::string(item) + "\"");
    return {};
}

Result<std::unique_ptr<Sequence>> repeated_text(Parser& parser, std::string_view which, std::string_view item)
{
    parser.skip_space();
    if (!parser.take('{'))
        return parser.fail("missing '{' for " + std::string(which) + " arg of " + std::string(item));
    const Parser::RepeatedText here(parser);
    if (item == "sort") { // of which Exim says nothing behind an error
        auto text = TRY(parser.inside_braces());
        parser.take('}');
        return text;
    }
    auto text = [&] {
        const Parser::Part part(parser, item_words(item));
        return parser.inside_braces();
    }();
    if (!text)
        return within_item(std::move(text).error(), item);
    parser.take('}');
    return text;
}

}
