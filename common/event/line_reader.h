// Lines and counted bytes from a Stream, with limits; a line's end is told exactly, because
// reading bare CR or LF as a line end is how one message is read as two (SMTP smuggling).
//
// The buffer is given back while nothing is in it, so that an idle client costs none.
#pragma once

#include <string>
#include <string_view>

#include "common/event/stream.h"

namespace gp::event {

enum class LineEnd { crlf, lf, none /* end of stream, or the limit was reached */ };

struct Line {
    std::string text; // without its line end; bare CRs stay in it
    LineEnd end = LineEnd::crlf;
    bool too_long = false; // text holds the first `limit` octets; the rest of the line was skipped
    bool eof = false;      // the stream ended; text holds what came before that
};

class LineReader {
public:
    explicit LineReader(Stream& stream, std::size_t buffer_size = 16 * 1024);
    ~LineReader();

    // A line ends at LF; `end` says whether CR came before it. The limit counts octets without
    // the line end. At end of stream: eof with the remainder as text. An error loses a line that has begun.
    Result<Line> read_line(std::size_t limit, Deadline until);

    // Whatever is there, at most `most` octets, at least one; an empty view is the end. Valid
    // until the next call. For bodies: no copy per line.
    Result<std::string_view> read_some(std::size_t most, Deadline until);
    // Puts back the last `count` octets that read_some() returned last.
    void unread(std::size_t count);

    bool has_buffered() const; // octets already read from the stream and not yet taken
    bool has_input();          // buffered, or the stream has something
    void discard_buffered();   // at a switch to TLS nothing said in clear may survive (RFC 3207 section 4.2)
    std::size_t buffered() const;

    Stream& stream() { return *stream_; }
    void switch_to(Stream& stream); // buffer must be empty

private:
    Result<bool> fill(Deadline until);
    void release();

    Stream* stream_;
    std::size_t capacity_;
    std::unique_ptr<char[]> memory_; // none while nothing is in it
    std::size_t at_ = 0;             // what is not yet taken lies from here …
    std::size_t end_ = 0;            // … to here
    std::size_t last_ = 0;           // octets that read_some() returned last
};

}
