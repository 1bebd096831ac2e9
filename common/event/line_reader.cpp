#include "common/event/line_reader.h"

#include <algorithm>
#include <cstring>

namespace gp::event {
namespace {

// Buffers that were given back, for the next reader: the same few stay in the processor's cache.
constexpr std::size_t most_spare = 16;

struct Spare {
    std::unique_ptr<char[]> memory;
    std::size_t size;
};
thread_local std::vector<Spare> spare_buffers;

std::unique_ptr<char[]> take_buffer(std::size_t size)
{
    if (!spare_buffers.empty() && spare_buffers.back().size == size) {
        auto memory = std::move(spare_buffers.back().memory);
        spare_buffers.pop_back();
        return memory;
    }
    return std::make_unique_for_overwrite<char[]>(size);
}

void give_back(std::unique_ptr<char[]> memory, std::size_t size)
{
    if (memory && spare_buffers.size() < most_spare)
        spare_buffers.push_back({std::move(memory), size});
}

// Puts a line together from the pieces that arrive, and remembers a CR at the end of a piece until
// what follows it is known.
class LineMaker {
public:
    LineMaker(Line& line, std::size_t limit) : line_(line), limit_(limit) {}

    void add(std::string_view piece)
    {
        if (piece.empty())
            return;
        flush_cr();
        if (piece.back() == '\r') {
            held_cr_ = true;
            piece.remove_suffix(1);
        }
        append(piece);
    }
    void end_at_lf()
    {
        line_.end = held_cr_ ? LineEnd::crlf : LineEnd::lf;
        held_cr_ = false;
    }
    void end_of_stream()
    {
        flush_cr();
        line_.end = LineEnd::none;
        line_.eof = true;
    }

private:
    void flush_cr()
    {
        if (std::exchange(held_cr_, false))
            append("\r");
    }
    void append(std::string_view piece)
    {
        const auto room = limit_ - line_.text.size();
        if (piece.size() > room)
            line_.too_long = true;
        line_.text.append(piece.substr(0, room));
    }

    Line& line_;
    std::size_t limit_;
    bool held_cr_ = false;
};

}

LineReader::LineReader(Stream& stream, std::size_t buffer_size) : stream_(&stream), capacity_(buffer_size) {}

LineReader::~LineReader()
{
    release();
}

void LineReader::release()
{
    give_back(std::move(memory_), capacity_);
    at_ = end_ = last_ = 0;
}

// Reads once into the empty buffer; false at the end of the stream. While it waits there is no buffer.
Result<bool> LineReader::fill(Deadline until)
{
    release();
    TRY(stream_->wait_readable(until));
    memory_ = take_buffer(capacity_);
    auto size = stream_->read({memory_.get(), capacity_}, until);
    if (!size || *size == 0)
        release();
    if (!size)
        return std::move(size).error();
    end_ = *size;
    return end_ > 0;
}

Result<Line> LineReader::read_line(std::size_t limit, Deadline until)
{
    Line line;
    LineMaker maker{line, limit};
    last_ = 0;
    for (;;) {
        if (at_ == end_ && !TRY(fill(until))) {
            maker.end_of_stream();
            return line;
        }
        const std::string_view there{memory_.get() + at_, end_ - at_};
        const auto lf = there.find('\n');
        maker.add(there.substr(0, lf));
        if (lf != std::string_view::npos) {
            at_ += lf + 1;
            maker.end_at_lf();
            return line;
        }
        at_ = end_;
    }
}

Result<std::string_view> LineReader::read_some(std::size_t most, Deadline until)
{
    last_ = 0;
    if (at_ == end_ && !TRY(fill(until)))
        return std::string_view{};
    last_ = std::min(most, end_ - at_);
    at_ += last_;
    return std::string_view{memory_.get() + at_ - last_, last_};
}

void LineReader::unread(std::size_t count)
{
    if (count > last_)
        panic("only what was read last is put back");
    at_ -= count;
    last_ -= count;
}

bool LineReader::has_buffered() const
{
    return at_ < end_;
}

bool LineReader::has_input()
{
    return has_buffered() || stream_->has_input();
}

void LineReader::discard_buffered()
{
    release();
}

std::size_t LineReader::buffered() const
{
    return end_ - at_;
}

void LineReader::switch_to(Stream& stream)
{
    if (has_buffered())
        panic("nothing said before the switch is left");
    release();
    stream_ = &stream;
}

}
