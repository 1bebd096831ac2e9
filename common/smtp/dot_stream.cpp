#include "common/smtp/dot_stream.h"

#include "common/smtp/detail/line_ends.h"

#include <algorithm>
#include <utility>

namespace gp::smtp {

void DotReader::put(std::string_view octets, std::string& out)
{
    out.append(octets);
    octets_ += octets.size();
}

// A CR or LF that stands alone. After normalising, what follows begins a line of the message, but not
// of the dialogue: a dot there is plain text.
void DotReader::put_bare(char c, std::string& out)
{
    ++(c == '\r' ? bare_crs_ : bare_lfs_);
    if (bare_ != BareLineEnd::keep)
        put("\r\n", out);
    else
        put({&c, 1}, out);
}

std::size_t DotReader::read(std::string_view block, std::string& out)
{
    detail::LineEnds ends{block};
    std::size_t at = 0;
    while (at < block.size() && state_ != State::done) {
        const bool clean = state_ == State::in_line || (state_ == State::line_start && block[at] != '.');
        std::size_t stop = at;
        // The fast path: whole lines in one piece, up to a dot at the start of a line, a CR or LF that is
        // no CRLF, or the end of the block.
        while (clean && stop < block.size()) {
            const auto cr = ends.cr(stop);
            const auto lf = ends.lf(stop);
            if (lf != cr + 1 || lf >= block.size()) {
                state_ = std::min(cr, lf) > stop ? State::in_line : state_;
                stop = std::min(cr, lf);
                break;
            }
            stop = lf + 1;
            state_ = State::line_start;
            if (stop < block.size() && block[stop] == '.')
                break;
        }
        put(block.substr(at, stop - at), out);
        if (stop == at)
            take(block[stop++], out);
        at = stop;
    }
    return at;
}

void DotReader::take(char c, std::string& out)
{
    switch (state_) {
    case State::line_start:
        return take_first(c, out);
    case State::in_line:
        return take_in_line(c, out);
    case State::cr:
        return take_behind_cr(c, out);
    case State::dot: // the dot itself is dropped: it was stuffed, or begins the end
        if (c == '\n' && bare_ == BareLineEnd::end_line)
            state_ = State::done;
        else if (c != '\r')
            take_in_line(c, out);
        else
            state_ = State::dot_cr;
        return;
    case State::dot_cr:
        if (c == '\n') {
            state_ = State::done;
            return;
        }
        return take_behind_cr(c, out);
    case State::done:
        return;
    }
}

void DotReader::take_first(char c, std::string& out)
{
    if (c == '.')
        state_ = State::dot;
    else
        take_in_line(c, out);
}

void DotReader::take_in_line(char c, std::string& out)
{
    if (c == '\r') {
        state_ = State::cr;
        return;
    }
    state_ = c == '\n' && bare_ == BareLineEnd::end_line ? State::line_start : State::in_line;
    if (c == '\n')
        put_bare(c, out);
    else
        put({&c, 1}, out);
}

void DotReader::take_behind_cr(char c, std::string& out)
{
    if (c == '\n') {
        put("\r\n", out);
        state_ = State::line_start;
        return;
    }
    put_bare('\r', out);
    take_in_line(c, out);
}

void DotWriter::write(std::string_view block, std::string& out)
{
    while (!block.empty()) {
        if (at_line_start_) {
            const auto nuls = std::min(block.find_first_not_of('\0'), block.size());
            nuls_ += nuls;
            block.remove_prefix(nuls);
            if (block.empty())
                return; // what follows decides
            if (block.front() == '.')
                out.push_back('.');
            put_nuls(out);
        }
        const auto lf = block.find('\n');
        const auto size = lf == std::string_view::npos ? block.size() : lf + 1;
        out.append(block.substr(0, size));
        const bool ended = lf != std::string_view::npos;
        at_line_start_ = ended;
        after_cr_ = !ended && block.back() == '\r';
        block.remove_prefix(size);
    }
}

void DotWriter::put_nuls(std::string& out)
{
    out.append(std::exchange(nuls_, 0), '\0');
}

void DotWriter::finish(std::string& out)
{
    if (!at_line_start_ || nuls_ > 0) {
        put_nuls(out);
        out += after_cr_ ? "\n" : "\r\n";
    }
    out += ".\r\n";
    at_line_start_ = true;
    after_cr_ = false;
}

}
