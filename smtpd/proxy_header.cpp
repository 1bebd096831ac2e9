#include "smtpd/proxy_header.h"

#include <algorithm>
#include <array>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/net/address.h"

namespace gp::smtpd {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view signature = "\r\n\r\n\0\r\nQUIT\n"sv; // of version 2
constexpr std::size_t longest_line = 107;                        // of version 1, CR LF included
constexpr std::size_t block_head = 4;                            // version, family and length, behind the signature
constexpr std::size_t longest_block = 4096;                      // of addresses and the additions behind them

Status read_exactly(event::Stream& stream, std::span<char> into, event::Deadline until)
{
    while (!into.empty()) {
        const auto got = TRY(stream.read(into, until));
        if (got == 0)
            return permanent("the proxy ended within its header");
        into = into.subspan(got);
    }
    return {};
}

std::uint32_t number_at(std::string_view octets, std::size_t at)
{
    return static_cast<std::uint32_t>(static_cast<unsigned char>(octets[at]) << 8 |
                                      static_cast<unsigned char>(octets[at + 1]));
}

// What came so far begins as a line of version 1 does; the rest is read octet by octet.
Result<std::optional<Proxied>> read_line(event::Stream& stream, std::string line, event::Deadline until)
{
    while (!line.ends_with('\n')) {
        if (line.size() >= longest_line)
            return permanent("a PROXY header that is too long");
        char octet = 0;
        TRY(read_exactly(stream, {&octet, 1}, until));
        line += octet;
    }
    return parse_proxy_line(line);
}

}

Result<std::string> proxied_address(std::string_view text, bool v6)
{
    const auto address = net::Address::parse(text);
    if (!address || address->is_v6() != v6 || text.find_first_of("[%") != std::string_view::npos)
        return permanent("a bad address");
    return address->unmapped().text(); // as of a direct connection
}

Result<std::uint32_t> proxied_port(std::string_view text)
{
    const auto port = parse_unsigned(text);
    if (!port || *port > 65535)
        return permanent("a bad port");
    return static_cast<std::uint32_t>(*port);
}

Result<std::optional<Proxied>> parse_proxy_line(std::string_view line)
{
    if (!line.starts_with("PROXY ") || !line.ends_with("\r\n"))
        return permanent("no PROXY header");
    line.remove_prefix(6);
    line.remove_suffix(2);
    if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) // what follows is to be ignored
        return std::optional<Proxied>{};
    const auto words = split(line, ' ');
    if (words.size() != 5 || (words[0] != "TCP4" && words[0] != "TCP6"))
        return permanent("a malformed PROXY header");
    const bool v6 = words[0] == "TCP6";
    Proxied found;
    found.source = TRY(proxied_address(words[1], v6));
    found.destination = TRY(proxied_address(words[2], v6));
    found.source_port = TRY(proxied_port(words[3]));
    found.destination_port = TRY(proxied_port(words[4]));
    return std::optional{std::move(found)};
}

Result<std::optional<Proxied>> parse_proxy_block(unsigned char version_and_command, unsigned char family,
                                                 std::string_view addresses)
{
    if (version_and_command >> 4 != 2)
        return permanent("a PROXY header of another version");
    const auto command = version_and_command & 15;
    if (command == 0) // LOCAL: the proxy asks for itself, to see whether we are there
        return std::optional<Proxied>{};
    constexpr unsigned char tcp4 = 0x11, tcp6 = 0x21;
    const std::size_t size = family == tcp6 ? 16 : 4;
    if (command != 1 || (family != tcp4 && family != tcp6))
        return permanent("a PROXY header for something else than TCP");
    if (addresses.size() < 2 * size + 4)
        return permanent("a PROXY header that is too short");
    const auto address = [&](std::size_t at) {
        std::array<std::uint8_t, 16> octets{};
        std::copy_n(addresses.begin() + static_cast<std::ptrdiff_t>(at), size, octets.begin());
        const std::span all{octets};
        return (family == tcp6 ? net::Address::v6(all) : net::Address::v4(all.first<4>())).unmapped().text();
    };
    return std::optional{Proxied{.source = address(0), .destination = address(size),
                                 .source_port = number_at(addresses, 2 * size),
                                 .destination_port = number_at(addresses, 2 * size + 2)}};
}

Result<std::optional<Proxied>> read_proxy_header(event::Stream& stream, event::Deadline until)
{
    std::string start(signature.size(), '\0'); // shorter than any line of version 1
    TRY(read_exactly(stream, start, until));
    if (start.starts_with("PROXY "))
        return read_line(stream, std::move(start), until);
    if (start != signature)
        return permanent("no PROXY header");
    std::string head(block_head, '\0');
    TRY(read_exactly(stream, head, until));
    const auto size = number_at(head, 2);
    if (size > longest_block)
        return permanent("a PROXY header that is too long");
    std::string block(size, '\0');
    TRY(read_exactly(stream, block, until));
    return parse_proxy_block(static_cast<unsigned char>(head[0]), static_cast<unsigned char>(head[1]), block);
}

}
