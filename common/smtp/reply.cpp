#include "common/smtp/reply.h"

#include "common/base/text.h"

namespace gp::smtp {
namespace {

void append_tame(std::string& out, std::string_view text)
{
    for (char c : text.substr(0, max_reply_line)) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back((byte < ' ' && c != '\t') || byte == 127 ? '?' : c);
    }
}

}

std::string Reply::wire(bool with_enhanced) const
{
    std::string lead = std::to_string(code) + " ";
    std::string out;
    // RFC 2034 section 4: the code stands in every line; none in 3xx replies.
    const bool coded = with_enhanced && !enhanced.empty() && mail::enhanced_at_start(text).empty();
    std::string_view rest = text;
    for (bool more = true; more;) {
        const auto end = rest.find('\n');
        more = end != std::string_view::npos;
        lead[3] = more ? '-' : ' ';
        out += lead;
        if (coded)
            out += enhanced + " ";
        append_tame(out, rest.substr(0, end));
        out += "\r\n";
        rest = more ? rest.substr(end + 1) : std::string_view{};
    }
    return out;
}

std::string Reply::one_line() const
{
    std::string out = std::to_string(code) + " ";
    if (!enhanced.empty() && mail::enhanced_at_start(text).empty()) // what a server said has it already
        out += enhanced + " ";
    return out + replace_all(text, "\n", " ");
}

Result<std::optional<Reply>> ReplyReader::add(std::string_view line)
{
    const auto bad = [&] { return temporary("malformed reply: " + escape(line.substr(0, 64))); };
    if (fresh_) {
        lines_.clear();
        octets_ = 0;
    }
    if (line.size() < 3 || !is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2]))
        return bad();
    const auto code = static_cast<unsigned>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
    const char mark = line.size() > 3 ? line[3] : ' ';
    if (code < 200 || code > 599 || (mark != ' ' && mark != '-') || (!fresh_ && code != code_))
        return bad();
    code_ = code;
    const auto text = line.size() > 4 ? line.substr(4) : std::string_view{};
    octets_ += text.size();
    if (lines_.size() >= max_reply_lines || octets_ > max_reply_text)
        return temporary("reply too long", Cause::too_big);
    lines_.emplace_back(text);
    fresh_ = mark == ' ';
    if (!fresh_)
        return std::optional<Reply>{};
    Reply reply(code, join(lines_, "\n"));
    reply.enhanced = std::string(mail::enhanced_at_start(lines_.front()));
    return std::optional<Reply>{std::move(reply)};
}

}
