#include "common/smtp/chunk.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/smtp/detail/line_ends.h"

namespace gp::smtp {

Result<ChunkCommand> parse_bdat(std::string_view argument)
{
    ChunkCommand chunk;
    argument = trim(argument);
    const auto blank = argument.find_first_of(" \t");
    const auto size = parse_unsigned(argument.substr(0, blank));
    if (!size)
        return permanent("missing size for BDAT command");
    chunk.size = *size;
    if (blank == std::string_view::npos)
        return chunk;
    if (!same_nocase(trim(argument.substr(blank)), "LAST"))
        return permanent("unexpected argument data");
    chunk.last = true;
    return chunk;
}

std::string format_bdat(const ChunkCommand& chunk)
{
    return "BDAT " + std::to_string(chunk.size) + (chunk.last ? " LAST\r\n" : "\r\n");
}

void ChunkReader::put(std::string_view octets, std::string& out)
{
    if (octets.empty())
        return;
    out.append(octets);
    octets_ += octets.size();
    at_line_start_ = octets.back() == '\n';
}

void ChunkReader::put_bare(char c, std::string& out)
{
    ++(c == '\r' ? bare_crs_ : bare_lfs_);
    if (bare_ != BareLineEnd::keep)
        put("\r\n", out);
    else
        put({&c, 1}, out);
}

void ChunkReader::read(std::string_view block, std::string& out)
{
    detail::LineEnds ends{block};
    std::size_t from = 0; // what is not put out yet
    std::size_t at = 0;
    const auto flush = [&](std::size_t to) {
        put(block.substr(from, to - from), out);
        from = to;
    };
    if (held_cr_ && !block.empty()) {
        held_cr_ = false;
        if (block[0] == '\n') {
            put("\r\n", out);
            from = at = 1;
        } else {
            put_bare('\r', out);
        }
    }
    for (;;) {
        const auto cr = ends.cr(at);
        const auto lf = ends.lf(at);
        if (std::min(cr, lf) >= block.size())
            break;
        if (lf == cr + 1 && lf < block.size()) {
            at = lf + 1;
            continue;
        }
        const auto stop = std::min(cr, lf);
        flush(stop);
        from = at = stop + 1;
        if (cr == stop && at == block.size())
            held_cr_ = true;
        else
            put_bare(block[stop], out);
    }
    flush(block.size());
}

void ChunkReader::finish(std::string& out)
{
    if (held_cr_) {
        held_cr_ = false;
        put_bare('\r', out);
    }
    if (!at_line_start_)
        put("\r\n", out);
}

}
