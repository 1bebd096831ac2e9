// BDAT, RFC 3030: the command both ways, and the line ends of what it carries.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/smtp/dot_stream.h"

namespace gp::smtp {

struct ChunkCommand {
    std::uint64_t size = 0;
    bool last = false;
};

// The argument of BDAT; errors in Exim's words.
Result<ChunkCommand> parse_bdat(std::string_view argument);
std::string format_bdat(const ChunkCommand& chunk); // "BDAT 1024 LAST\r\n"

// Octets that a chunk carries, as they are: counts line ends that are no CRLF, or normalises them, over
// any cut into blocks and chunks. Dots mean nothing here.
class ChunkReader {
public:
    explicit ChunkReader(BareLineEnd bare = BareLineEnd::keep) : bare_(bare) {}

    void read(std::string_view block, std::string& out);
    // Behind the last chunk: a last line without CRLF gets one.
    void finish(std::string& out);

    std::uint64_t octets() const { return octets_; }
    std::uint64_t bare_crs() const { return bare_crs_; }
    std::uint64_t bare_lfs() const { return bare_lfs_; }
    bool has_bare() const { return bare_crs_ + bare_lfs_ > 0; }

private:
    void put(std::string_view octets, std::string& out);
    void put_bare(char c, std::string& out);

    BareLineEnd bare_;
    bool held_cr_ = false; // a CR that is not put out yet
    bool at_line_start_ = true;
    std::uint64_t octets_ = 0;
    std::uint64_t bare_crs_ = 0, bare_lfs_ = 0;
};

}
