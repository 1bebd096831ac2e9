// Texts and objects of JSON, as they are written; what is read is read by nlohmann-json.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gp {

// A JSON string with its quotes; octets that are not UTF-8 become U+FFFD.
std::string json_quoted(std::string_view text);
// {"a":1,"b":[…]} of keys and values that are JSON already.
std::string json_object(const std::vector<std::pair<std::string, std::string>>& members);

}
