#include "common/base/json.h"

#include <algorithm>

#include "common/base/utf8.h"

namespace gp {

std::string json_quoted(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\"";
    while (!text.empty()) {
        const auto length = utf8_sequence(text);
        const char c = text[0];
        const auto byte = static_cast<unsigned char>(c);
        if (length == 0)
            out += "\xef\xbf\xbd"; // U+FFFD
        else if (c == '"' || c == '\\')
            out += {'\\', c};
        else if (byte < ' ' || byte == 127)
            (out += "\\u00") += {digits[byte >> 4], digits[byte & 15]};
        else
            out += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out + "\"";
}

std::string json_object(const std::vector<std::pair<std::string, std::string>>& members)
{
    std::string out = "{";
    for (const auto& [key, value] : members)
        out += (out.size() > 1 ? "," : "") + json_quoted(key) + ":" + value;
    return out + "}";
}

}
