#include "common/smtp/reply_words.h"

#include "common/base/text.h"

namespace gp::smtp {

std::string without_codes(std::string_view reply)
{
    constexpr std::size_t code_and_mark = 4;
    std::string out;
    for (const auto line : split(reply, '\n'))
        out += (out.empty() ? "" : "\n") + std::string(line.substr(std::min(code_and_mark, line.size())));
    return out;
}

}
