// JSON texts as ${extract json…}, ${if forany_json…} see them: members and elements are found and given back
// as they stand, without building a tree.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::expand {

// The texts between the brackets of an array. The error names what is missing, in Exim's words.
Result<std::vector<std::string_view>> json_elements(std::string_view array, std::string_view word);

// The value of a member of an object, as it stands.
Result<std::optional<std::string_view>> json_member(std::string_view object, std::string_view key,
                                                    std::string_view word);

// A string without its quotes; escapes stay as they are.
Result<std::string_view> json_unquoted(std::string_view value, std::string_view word);

}
