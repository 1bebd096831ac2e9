#include "delivery/remote/wire.h"

#include "common/base/text.h"

namespace gp::remote {
namespace {

constexpr std::size_t max_lines = 200;        // of one reply
constexpr std::size_t max_octets = 64 * 1024; // of one reply
constexpr std::size_t reader_size = 4 * 1024;

struct ReplyLine {
    unsigned code;
    bool last;
    std::string text;
};

// RFC 5321 section 4.2: three digits, then a hyphen, a blank, or nothing.
std::optional<ReplyLine> take_apart(std::string_view line)
{
    if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
        return std::nullopt;
    const char mark = line.size() > 3 ? line[3] : ' ';
    if (mark != ' ' && mark != '-')
        return std::nullopt;
    const auto code = static_cast<unsigned>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
    return ReplyLine{code, mark == ' ', std::string(line.size() > 4 ? line.substr(4) : "")};
}

}

Wire::Wire(OwnedFd socket, std::size_t line_limit)
    : socket_(std::make_unique<event::FdStream>(std::move(socket))), stream_(socket_.get()),
      reader_(*stream_, reader_size), line_limit_(line_limit)
{
}

ReplyOr Wire::read_reply(event::Deadline until)
{
    ServerReply reply;
    std::size_t octets = 0;
    for (;;) {
        auto line = reader_.read_line(line_limit_, until);
        if (!line)
            return NoReply{line.error().cause == Cause::timeout ? NoReply::Why::timeout : NoReply::Why::closed, {}};
        if (line->eof)
            return NoReply{NoReply::Why::closed, {}};
        auto part = take_apart(line->text); // LF alone ends a line too: manual 49.1
        octets += line->text.size();
        if (!part || (reply.code != 0 && part->code != reply.code) || reply.lines.size() >= max_lines || octets > max_octets)
            return NoReply{NoReply::Why::malformed, std::move(line->text)};
        reply.code = part->code;
        reply.lines.push_back(std::move(part->text));
        if (part->last)
            return reply;
    }
}

Result<std::string> Wire::read_octets(std::size_t count, event::Deadline until)
{
    std::string octets;
    while (octets.size() < count) {
        const auto some = TRY(reader_.read_some(count - octets.size(), until));
        if (some.empty())
            return temporary("the connection was closed", Cause::closed);
        octets += some;
    }
    return octets;
}

Status Wire::write(std::string_view octets, event::Deadline until)
{
    return stream_->write(octets, until);
}

Status Wire::start_tls(const tls::Context& context, const tls::ServerName& server, event::Deadline until)
{
    if (reader_.has_buffered())
        return temporary("the server sent more than its reply to STARTTLS");
    tls_ = TRY(tls::TlsStream::connect(*socket_, context, server, until));
    stream_ = tls_.get();
    reader_.switch_to(*stream_);
    return {};
}

bool Wire::is_quiet()
{
    return !reader_.has_buffered() && !reader_.has_input();
}

void Wire::finish()
{
    stream_->finish();
}

}
