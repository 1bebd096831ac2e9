// A message as it goes to the server: spoold's headers and body with the delivery's header changes, as DATA or BDAT
// want it. A small one is one string; a large one is read from its descriptor in big pieces.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "cleanup/spoold/protocol.h"
#include "common/base/result.h"
#include "router/routing_protocol.h"

namespace gp::remote {

class MessageContent {
public:
    // Suspends only while a large body is looked through for lines over `line_limit` (0: no limit).
    static Result<MessageContent> make(spoold::Fetched fetched, const router::Delivery& instruction,
                                       std::int64_t line_limit);
    // What a filter has left in a memory file: CRLF lines, of which the first may be no header.
    static Result<MessageContent> read(OwnedFd file);
    // A memory file with the message in LF lines, for a filter.
    Result<OwnedFd> as_file() const;

    bool is_small() const { return !fetched_.large; } // all of it is in memory
    std::uint64_t size() const;                        // octets of BDAT
    bool has_long_line() const { return has_long_line_; }
    bool has_eight_bit_headers() const;

    // For signatures: the header block without the empty line, and the body as it is sent, piece by piece.
    std::string_view headers() const { return std::string_view(headers_).substr(0, headers_.size() - std::min<std::size_t>(2, headers_.size())); }
    Status each_body_piece(const std::function<void(std::string_view)>& take) const;
    void put_in_front(const std::string& header_lines) { headers_.insert(0, header_lines); }
    // body_only and headers_only (manual 24).
    void drop_headers() { headers_.clear(); }
    void drop_body();

    // Everything for BDAT, or for DATA with the dots doubled and the final ".CRLF". Small messages only.
    void append_chunk(std::string& out) const;
    void append_data(std::string& out) const;

    // Piece by piece, for messages of any size: `put` writes, and its error ends it. Before the last piece
    // of DATA, the one with the final dot, or of BDAT, `finishing` is called.
    using Put = std::function<Status(std::string_view)>;
    Status send(bool as_data, const Put& put, const std::function<Status()>& finishing) const;

private:
    Status edit(const router::Delivery& instruction);
    Status measure(std::size_t line_limit);
    Result<std::string> read_piece(std::uint64_t at) const;

    spoold::Fetched fetched_;
    std::uint64_t body_at_ = 0; // where the body of a large one begins in its file
    std::string headers_; // with the empty line behind them
    bool ends_in_line_ = true; // the body's last line is complete
    bool has_long_line_ = false;
};

}
