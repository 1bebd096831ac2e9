#include "master/sendmail/test_message.h"

#include "common/base/text.h"
#include "common/config/reader.h"

namespace gp::sendmail {
namespace {

constexpr std::size_t visible_body = 500; // message_body_visible's default

bool is_header_start(std::string_view line)
{
    const auto colon = line.find(':');
    if (colon == 0 || colon == line.npos)
        return false;
    return std::ranges::all_of(trim_right(line.substr(0, colon)), [](char c) { return c > ' ' && c < 127; });
}

}

Result<TestMessage> TestMessage::read(const std::string& file)
{
    return parse(TRY(config::read_file(file, largest)));
}

TestMessage TestMessage::parse(std::string text)
{
    TestMessage message;
    text = replace_all(std::move(text), "\r\n", "\n");
    std::string_view rest = text;
    if (rest.starts_with("From ")) { // a Unix mailbox's separator
        const auto end = rest.find('\n');
        message.separator = rest.substr(0, end == rest.npos ? end : end + 1);
        const auto line = rest.substr(5, end - 5);
        message.sender = line.substr(0, line.find(' '));
        rest.remove_prefix(message.separator.size());
    }
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end);
        const auto size = end == rest.npos ? rest.size() : end + 1;
        if (line.empty()) {
            rest.remove_prefix(size);
            message.has_blank_line = true;
            break;
        }
        const bool goes_on = is_space(line[0]) && !message.headers.empty();
        if (!goes_on && !is_header_start(line))
            break; // the body begins without an empty line
        message.headers += std::string(line) + "\n";
        rest.remove_prefix(size);
    }
    message.body = rest;
    return message;
}

router::MessageFacts TestMessage::facts(std::string_view from) const
{
    const std::string_view text = body;
    const auto visible = std::min(visible_body, text.size());
    return {.sender = from.empty() ? std::string_view(sender) : from,
            .headers = headers,
            .size = headers.size() + 1 + body.size(),
            .body_lines = static_cast<std::uint32_t>(std::ranges::count(body, '\n')),
            .body_start = text.substr(0, visible),
            .body_end = text.substr(text.size() - visible)};
}

}
