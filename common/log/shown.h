// A text from outside as Exim's logs show it: as escape() has it, but with its tabs.
#pragma once

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

}
