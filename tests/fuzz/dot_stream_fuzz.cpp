// The end of data and line ends: the readers agree with RFC 5321 said plainly, for any cut into blocks.
//
// Input: octet 0 the length of blocks, octet 1 the mode, the octets on the wire.

#include "common/smtp/chunk.h"
#include "common/smtp/dot_stream.h"

namespace {

using namespace gp;
using smtp::BareLineEnd;

struct Plain {
    std::string text;
    std::size_t taken = 0;
    bool done = false;
};

// Lines are what CRLF ends; a line of one dot ends the message; a first dot is dropped.
Plain plainly(std::string_view wire)
{
    Plain out;
    for (auto end = wire.find("\r\n"); end != std::string_view::npos; end = wire.find("\r\n", out.taken)) {
        auto line = wire.substr(out.taken, end - out.taken);
        out.taken = end + 2;
        if (line == ".") {
            out.done = true;
            return out;
        }
        if (line.starts_with('.'))
            line.remove_prefix(1);
        out.text.append(line).append("\r\n");
    }
    return out;
}

bool has_only_crlf(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            return false;
        if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))
            return false;
    }
    return true;
}

void check_data(std::string_view wire, std::size_t block, BareLineEnd bare)
{
    smtp::DotReader reader{bare};
    std::string text;
    std::size_t at = 0;
    while (at < wire.size() && !reader.done())
        at += reader.read(wire.substr(at, block), text);
    const auto want = plainly(wire);
    if (reader.done() != want.done || (want.done && at != want.taken))
        panic("only CRLF.CRLF ends a message");
    if (reader.octets() != text.size())
        panic("octets are counted");
    if (!want.done)
        return;
    if (bare == BareLineEnd::keep && text != want.text)
        panic("dots are unstuffed at the start of lines and nowhere else");
    if (reader.has_bare() == has_only_crlf(want.text))
        panic("bare line ends are seen");
    if (bare == BareLineEnd::keep && reader.has_bare())
        return; // the session refuses it
    if (!has_only_crlf(text))
        panic("what is passed on has no bare line end");
    // Sent on, it is one message again.
    smtp::DotWriter writer;
    std::string sent;
    for (std::size_t i = 0; i < text.size(); i += block)
        writer.write(std::string_view(text).substr(i, block), sent);
    writer.finish(sent);
    const auto back = plainly(sent);
    if (!back.done || back.taken != sent.size() || back.text != text)
        panic("what is stuffed is unstuffed to the same");
}

void check_chunk(std::string_view octets, std::size_t block, BareLineEnd bare)
{
    smtp::ChunkReader reader{bare};
    std::string text;
    for (std::size_t at = 0; at < octets.size(); at += block)
        reader.read(octets.substr(at, block), text);
    reader.finish(text);
    if (reader.octets() != text.size())
        panic("octets are counted");
    if (bare == BareLineEnd::keep && !text.starts_with(octets))
        panic("a chunk is carried as it is");
    if (reader.has_bare() == has_only_crlf(octets))
        panic("bare line ends are seen");
    if (bare == BareLineEnd::normalize && !has_only_crlf(text))
        panic("what is passed on has no bare line end");
    if (!text.empty() && !text.ends_with('\n'))
        panic("a message ends with a line end");
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::string_view wire{reinterpret_cast<const char*>(data + 2), size - 2};
    const std::size_t block = data[0] % 17 + 1;
    const auto bare = data[1] & 1 ? BareLineEnd::normalize : BareLineEnd::keep;
    if (data[1] & 2)
        check_chunk(wire, block, bare);
    else
        check_data(wire, block, bare);
    return 0;
}
