#include "master/sendmail/lines.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/base/text.h"

namespace gp::sendmail {
namespace {

// What say() has been told. A call of stdio for each piece would cost more than many a piece.
std::string said;

constexpr std::size_t longest_line = 64 * 1024 * 1024;

// Standard input in large pieces. What was printed goes out before a read that may wait, so that whoever types, or
// a program at the other end of a pipe, sees each answer; a file is not slowed down by it.
class Input {
public:
    // False at the end.
    bool take_line(std::string& line)
    {
        line.clear();
        while (line.size() < longest_line) {
            if (at_ == end_ && !refill())
                return !line.empty();
            const char* from = buffer_.data() + at_;
            const auto* newline = static_cast<const char*>(std::memchr(from, '\n', end_ - at_));
            const auto size = newline ? static_cast<std::size_t>(newline - from) : end_ - at_;
            line.append(from, size);
            at_ += size + (newline ? 1 : 0);
            if (newline)
                return true;
        }
        return true;
    }

    // A whole line that is in memory already and does not go on; nothing is copied.
    bool peek_line(std::string_view& line)
    {
        const char* from = buffer_.data() + at_;
        const auto* newline = static_cast<const char*>(std::memchr(from, '\n', end_ - at_));
        if (!newline)
            return false;
        line = trim_right(std::string_view(from, static_cast<std::size_t>(newline - from)));
        if (line.ends_with('\\'))
            return false;
        at_ += static_cast<std::size_t>(newline - from) + 1;
        return true;
    }

private:
    bool refill()
    {
        say_now();
        std::fflush(stdout);
        ssize_t got = 0;
        do
            got = ::read(STDIN_FILENO, buffer_.data(), buffer_.size());
        while (got < 0 && errno == EINTR);
        at_ = 0;
        end_ = got > 0 ? static_cast<std::size_t>(got) : 0;
        return end_ > 0;
    }

    std::array<char, 64 * 1024> buffer_;
    std::size_t at_ = 0, end_ = 0;
};

Input& input()
{
    static Input one;
    return one;
}

}

void say(std::string_view words)
{
    constexpr std::size_t enough = 32 * 1024;
    said += words;
    if (said.size() > enough)
        say_now();
}

void say_now()
{
    std::fwrite(said.data(), 1, said.size(), stdout);
    said.clear();
}

bool prompt_for_view(std::string_view& line)
{
    if (input().peek_line(line)) {
        say("> ");
        return true;
    }
    static std::string kept;
    auto whole = prompt_for_line();
    if (!whole)
        return false;
    kept = std::move(*whole);
    line = kept;
    return true;
}

std::optional<std::string> plain_line()
{
    std::string line;
    return input().take_line(line) ? std::optional(std::move(line)) : std::nullopt;
}

std::optional<std::string> prompt_for_line()
{
    say("> ");
    std::optional<std::string> all;
    std::string line;
    while (input().take_line(line)) {
        std::string_view text = trim_right(all ? trim_left(line) : std::string_view(line));
        const bool goes_on = text.ends_with('\\');
        if (goes_on)
            text.remove_suffix(1);
        all = all.value_or("") + std::string(text);
        if (!goes_on) {
            say_now();
            return all;
        }
    }
    if (!all)
        say("\n");
    say_now();
    return all;
}

}
