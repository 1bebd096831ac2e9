// What items that go through a list share (filter, map, reduce, sort): their arguments, and $item.
#pragma once

#include "common/expand/item.h"
#include "common/expand/parser.h"

namespace gp::expand {

// An item of a list, as tainted as the list.
Text list_element(const Text& list, std::string item);

// The item's name as errors have it: "map" item.
std::string item_words(std::string_view name);

// The error, with the item that it came from.
Error within_item(Error error, std::string_view name);

// Reads one argument in braces; `which` ("first") and `item` ("map") are for the error text.
Result<std::unique_ptr<Sequence>> list_argument(Parser& parser, std::string_view which,
                                                std::string_view item);

// Reads the brace behind the last argument.
Status list_item_end(Parser& parser, std::string_view item);

// Reads the text in braces that is used for each item.
Result<std::unique_ptr<Sequence>> repeated_text(Parser& parser, std::string_view which,
                                                std::string_view item);

}
