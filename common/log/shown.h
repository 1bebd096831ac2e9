// A text from outside as Exim's logs show it: as escape() has it, but with its tabs.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "common/base/text.h"

namespace gp::log {

inline std::string shown(std::string_view text, bool keep_utf8 = false)
{
    std::string out;
    for (const auto piece : split(text, '\t'))
        out += (piece.data() == text.data() ? "" : "\t") + escape(piece, keep_utf8);
    return out;
}

// Nothing in it needs quotes or escapes: letters, digits, and what host names have between them.
inline bool is_plain_name(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
}

}
