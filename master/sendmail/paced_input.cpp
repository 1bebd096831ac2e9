#include "master/sendmail/paced_input.h"

#include <algorithm>

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::sendmail {
namespace {

// The octets that a BDAT command announces; 0 of anything else.
std::uint64_t chunk_of(std::string_view line)
{
    constexpr std::string_view word = "BDAT";
    if (!starts_nocase(line, word) || line.size() == word.size() || !is_space(line[word.size()]))
        return 0;
    auto size = trim_left(line.substr(word.size()));
    size = size.substr(0, std::min(size.size(), size.find_first_not_of("0123456789")));
    const auto number = parse_unsigned(size);
    return number ? *number : 0;
}

}

std::string PacedInput::take_out(std::size_t count)
{
    auto out = held_.substr(0, count);
    held_.erase(0, count);
    return out;
}

std::string PacedInput::next()
{
    switch (now_) {
    case Now::waits:
        return {};
    case Now::command:
        return next_command();
    case Now::message:
        return next_of_message();
    case Now::chunk: {
        auto out = take_out(std::min<std::uint64_t>(chunk_, held_.size()));
        chunk_ -= out.size();
        if (chunk_ == 0)
            now_ = Now::waits;
        return out;
    }
    case Now::freely:
        return take_out(held_.size());
    }
    return {};
}

std::string PacedInput::next_command()
{
    const auto end = held_.find('\n');
    if (end == std::string::npos && held_.size() < most_held && !has_ended_)
        return {};
    auto line = take_out(end == std::string::npos ? held_.size() : end + 1);
    const auto word = trim(line);
    is_data_ = same_nocase(word, "DATA");
    is_tls_ = same_nocase(word, "STARTTLS");
    chunk_ = chunk_of(line);
    if (!line.empty())
        now_ = chunk_ > 0 ? Now::chunk : Now::waits;
    return line;
}

// Whole lines, so that the one with the dot is known for what it is.
std::string PacedInput::next_of_message()
{
    std::size_t count = 0;
    for (auto end = held_.find('\n'); end != std::string::npos; end = held_.find('\n', count)) {
        const auto line = std::string_view(held_).substr(count, end - count);
        const bool is_dot = at_line_start_ && (line == "." || line == ".\r");
        at_line_start_ = true;
        count = end + 1;
        if (is_dot) {
            now_ = Now::waits;
            return take_out(count);
        }
    }
    if (held_.size() >= most_held || has_ended_) { // a line that is longer than we hold
        at_line_start_ = at_line_start_ && count == held_.size();
        count = held_.size();
    }
    return take_out(count);
}

void PacedInput::answered(unsigned code)
{
    if (now_ != Now::waits) // a word out of turn: 421
        return;
    now_ = Now::command;
    if (is_data_ && code / 100 == 3) {
        now_ = Now::message;
        at_line_start_ = true;
    } else if (is_tls_ && code / 100 == 2) {
        now_ = Now::freely;
    }
    is_data_ = is_tls_ = false;
}

}
