#include "master/sendmail/lines.h"

#include <cstdio>

#include "common/base/text.h"

namespace gp::sendmail {
namespace {

constexpr std::size_t longest_line = 64 * 1024 * 1024;

}

std::optional<std::string> plain_line()
{
    std::string line;
    for (int c = 0; line.size() < longest_line && (c = std::getc(stdin)) != EOF;) {
        if (c == '\n')
            return line;
        line += static_cast<char>(c);
    }
    return line.empty() ? std::nullopt : std::optional(std::move(line));
}

std::optional<std::string> prompt_for_line()
{
    std::printf("> ");
    std::fflush(stdout);
    std::optional<std::string> all;
    for (;;) {
        auto line = plain_line();
        if (!line)
            break;
        if (all)
            line = std::string(trim_left(*line));
        const auto text = trim_right(*line);
        const bool goes_on = text.ends_with('\\');
        all = all.value_or("") + std::string(goes_on ? text.substr(0, text.size() - 1) : text);
        if (!goes_on)
            return all;
    }
    if (!all)
        std::printf("\n");
    return all;
}

}
