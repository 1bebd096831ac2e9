#include "delivery/remote/message_content.h"

#include "common/base/octets.h"
#include "common/base/text.h"
#include "common/event/loop.h"
#include "common/mail/header_list.h"
#include "common/process/memfd.h"
#include "common/smtp/dot_stream.h"

#include <unistd.h>

#include <algorithm>

namespace gp::remote {
namespace {

constexpr std::size_t piece_size = 256 * 1024;
constexpr std::string_view crlf = "\r\n";

// Header lines of an option: any line end becomes CRLF, and the last one is there.
std::string with_crlf(std::string_view lines)
{
    std::string out;
    for (std::size_t at = 0; at < lines.size(); ++at) {
        if (lines[at] == '\r' && at + 1 < lines.size() && lines[at + 1] == '\n')
            continue;
        if (lines[at] == '\n')
            out += '\r';
        out += lines[at];
    }
    if (!out.empty() && !out.ends_with(crlf))
        out += crlf;
    return out;
}

// Finds lines over a limit, over any cut into blocks; line ends do not count.
class LineMeter {
public:
    explicit LineMeter(std::size_t limit) : limit_(limit) {}
    bool too_long(std::string_view block)
    {
        for (;;) {
            const auto end = block.find('\n');
            const auto piece = block.substr(0, end);
            length_ += piece.size();
            if (!piece.empty())
                behind_cr_ = piece.back() == '\r';
            if (end == block.npos)
                return length_ > limit_ + 1; // the last octet may be the CR of the line's end
            if (length_ > limit_ + (behind_cr_ ? 1 : 0))
                return true;
            length_ = 0;
            behind_cr_ = false;
            block.remove_prefix(end + 1);
        }
    }

private:
    std::size_t limit_, length_ = 0;
    bool behind_cr_ = false;
};

}

Result<MessageContent> MessageContent::make(spoold::Fetched fetched, const router::Delivery& instruction,
                                            std::int64_t line_limit)
{
    MessageContent made;
    made.fetched_ = std::move(fetched);
    TRY(made.edit(instruction));
    if (made.is_small())
        made.ends_in_line_ = made.fetched_.body.empty() || made.fetched_.body.ends_with(crlf);
    if (line_limit > 0)
        TRY(made.measure(static_cast<std::size_t>(line_limit)));
    return made;
}

namespace {

constexpr std::uint64_t small_enough = 256 * 1024, most_headers = 1024 * 1024; // octets of what a filter made

// The headers with the empty line behind them; nothing when it does not begin with any.
std::size_t end_of_headers(std::string_view text)
{
    if (text.starts_with(crlf))
        return crlf.size();
    const auto end = text.find("\r\n\r\n");
    return end == text.npos ? 0 : end + 4;
}

// LF lines of CRLF lines, over any cut into pieces.
class LineEnds {
public:
    void write(std::string_view piece, std::string& out)
    {
        for (const char c : piece) {
            if (std::exchange(held_, c == '\r') && c != '\n')
                out += '\r';
            if (c != '\r')
                out += c;
        }
    }
    void finish(std::string& out)
    {
        if (held_)
            out += '\r';
    }

private:
    bool held_ = false; // a CR, which belongs to a line end or does not
};

}

Result<MessageContent> MessageContent::read(OwnedFd file)
{
    const auto size = ::lseek(file.get(), 0, SEEK_END);
    if (size < 0)
        return system_error("the filter's output");
    const auto all = static_cast<std::uint64_t>(size);
    std::string text(static_cast<std::size_t>(std::min(all, all <= small_enough ? all : most_headers)), '\0');
    text.resize(TRY(read_at(file.get(), text.data(), text.size(), 0)));
    MessageContent made;
    const auto split = end_of_headers(text);
    made.headers_ = text.substr(0, split);
    if (all <= small_enough) {
        made.fetched_.body = text.substr(split);
    } else {
        made.body_at_ = split;
        made.fetched_.body_size = all - split;
        made.fetched_.large = ipc::Fd{std::move(file)};
    }
    return made;
}

Result<OwnedFd> MessageContent::as_file() const
{
    auto file = TRY(process::make_memfd("filter"));
    LineEnds lines;
    std::string out;
    lines.write(headers_, out);
    Status done;
    TRY(each_body_piece([&](std::string_view piece) {
        lines.write(piece, out);
        if (done)
            done = write_all(file.get(), out, "a memory file");
        out.clear();
    }));
    lines.finish(out);
    TRY(done);
    TRY(write_all(file.get(), out, "a memory file"));
    return file;
}

Status MessageContent::edit(const router::Delivery& instruction)
{
    if (instruction.headers_remove.empty() && instruction.header_changes.empty()) {
        headers_ = std::move(fetched_.headers);
    } else {
        auto parsed = TRY(mail::HeaderList::parse(fetched_.headers));
        for (const auto& name : instruction.headers_remove)
            parsed.headers.remove(trim(name));
        for (auto& header : parsed.headers)
            for (const auto& change : instruction.header_changes)
                if (header.text() == change.before) {
                    header = mail::Header(change.after);
                    break;
                }
        headers_ = parsed.headers.text();
    }
    if (!headers_.empty() && !headers_.ends_with(crlf))
        headers_ += crlf;
    headers_ += with_crlf(instruction.headers_add);
    headers_ += crlf;
    return {};
}

Status MessageContent::measure(std::size_t line_limit)
{
    LineMeter meter{line_limit};
    has_long_line_ = meter.too_long(headers_) || meter.too_long(fetched_.body);
    for (std::uint64_t at = 0; !is_small() && !has_long_line_ && at < fetched_.body_size; at += piece_size)
        has_long_line_ = meter.too_long(TRY(read_piece(at)));
    return {};
}

std::uint64_t MessageContent::size() const
{
    return headers_.size() + (is_small() ? fetched_.body.size() : fetched_.body_size) + (ends_in_line_ ? 0 : crlf.size());
}

void MessageContent::drop_body()
{
    fetched_.body.clear();
    fetched_.body_size = 0;
    fetched_.large = {};
    ends_in_line_ = true;
}

bool MessageContent::has_eight_bit_headers() const
{
    return std::ranges::any_of(headers_, [](char c) { return static_cast<unsigned char>(c) > 127; });
}

void MessageContent::append_chunk(std::string& out) const
{
    out.reserve(out.size() + size());
    out += headers_;
    out += fetched_.body;
    if (!ends_in_line_)
        out += crlf;
}

void MessageContent::append_data(std::string& out) const
{
    out.reserve(out.size() + size() + 64);
    smtp::DotWriter dots;
    dots.write(headers_, out);
    if (fetched_.no_leading_dots && ends_in_line_) {
        out += fetched_.body;
        out += ".\r\n"; // RFC 5321 section 4.5.2
        return;
    }
    dots.write(fetched_.body, out);
    dots.finish(out);
}

Result<std::string> MessageContent::read_piece(std::uint64_t at) const
{
    std::string piece(static_cast<std::size_t>(std::min<std::uint64_t>(piece_size, fetched_.body_size - at)), '\0');
    Result<std::size_t> have = 0;
    // The file may not be in memory: a disk is waited for elsewhere.
    event::offload([&, fd = fetched_.large.get()] { have = read_at(fd, piece.data(), piece.size(), body_at_ + at); });
    if (!have)
        return have.error();
    if (*have < piece.size())
        return temporary("the message's file is shorter than it should be");
    return piece;
}

Status MessageContent::each_body_piece(const std::function<void(std::string_view)>& take) const
{
    if (is_small())
        take(fetched_.body);
    for (std::uint64_t at = 0; !is_small() && at < fetched_.body_size; at += piece_size)
        take(TRY(read_piece(at)));
    if (!ends_in_line_)
        take(crlf);
    return {};
}

Status MessageContent::send(bool as_data, const Put& put, const std::function<Status()>& finishing) const
{
    if (is_small()) {
        std::string all;
        if (as_data)
            append_data(all);
        else
            append_chunk(all);
        TRY(finishing());
        return put(all);
    }
    smtp::DotWriter dots;
    const bool untouched = !as_data || fetched_.no_leading_dots;
    std::string out;
    if (as_data)
        dots.write(headers_, out);
    else
        out = headers_;
    for (std::uint64_t at = 0; at < fetched_.body_size; at += piece_size) {
        TRY(put(out));
        out = TRY(read_piece(at));
        if (!untouched) {
            std::string stuffed;
            dots.write(out, stuffed);
            out = std::move(stuffed);
        }
    }
    if (as_data && untouched)
        out += ".\r\n";
    else if (as_data)
        dots.finish(out);
    TRY(finishing());
    return put(out);
}

}
