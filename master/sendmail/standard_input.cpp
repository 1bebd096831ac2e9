#include "master/sendmail/standard_input.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace gp::sendmail {
namespace {

constexpr std::size_t buffer_size = 60 * 1024;

}

std::string StandardInput::cut(std::string text)
{
    if (!dot_ends_)
        return text;
    text.insert(0, kept_);
    kept_.clear();
    std::size_t line = 0;
    bool at_start = at_line_start_;
    while (line < text.size()) {
        const auto end = text.find('\n', line);
        const std::string_view content(text.data() + line, (end == std::string::npos ? text.size() : end) - line);
        if (at_start && (content == "." || content == ".\r")) {
            if (end == std::string::npos) { // more may follow on this line
                kept_ = content;
                at_line_start_ = true; // of the piece that it is put in front of
                text.resize(line);
                return text;
            }
            ended_ = true;
            text.resize(line);
            return text;
        }
        if (end == std::string::npos) {
            at_line_start_ = false;
            return text;
        }
        line = end + 1;
        at_start = true;
    }
    at_line_start_ = true;
    return text;
}

void StandardInput::limit(std::uint32_t seconds)
{
    if (seconds != 0)
        until_ = event::Deadline::in(std::chrono::seconds(seconds));
}

Status StandardInput::await() const
{
    constexpr std::chrono::milliseconds longest{60'000}; // of one poll()
    pollfd input{STDIN_FILENO, POLLIN, 0};
    while (!until_.is_never()) {
        const auto left =
            std::min(longest, std::chrono::duration_cast<std::chrono::milliseconds>(until_.left()));
        const int ready = ::poll(&input, 1, static_cast<int>(left.count()));
        if (ready > 0)
            break;
        if (until_.expired())
            return permanent("timed out while reading - message abandoned");
    }
    return {};
}

Result<std::string> StandardInput::read()
{
    while (!ended_) {
        TRY(await());
        std::string text(buffer_size, '\0');
        const auto got = ::read(STDIN_FILENO, text.data(), text.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error("read from standard input");
        if (got == 0) {
            ended_ = true;
            return std::exchange(kept_, {}); // a dot without a newline behind it is a line as any other
        }
        text.resize(static_cast<std::size_t>(got));
        text = cut(std::move(text));
        if (!text.empty())
            return text;
    }
    return std::string{};
}

}
