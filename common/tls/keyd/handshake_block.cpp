#include "common/tls/keyd/handshake_block.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace gp::keyd {
namespace {

constexpr std::size_t padding_size = 64;
constexpr std::string_view server_context{"TLS 1.3, server CertificateVerify\0", 34};
constexpr std::string_view client_context{"TLS 1.3, client CertificateVerify\0", 34};
static_assert(server_context.size() == client_context.size());

bool is_transcript_hash(std::string_view rest)
{
    return rest.size() == 32 || rest.size() == 48; // SHA-256 or SHA-384: the suites of TLS 1.3 have no other
}

struct Curve {
    std::uint16_t id;
    std::size_t point_size;
};
constexpr std::array curves = {Curve{23, 65}, Curve{24, 97}, Curve{25, 133}, Curve{29, 32}, Curve{30, 56}};

bool is_named_curve_point(std::string_view parameters)
{
    constexpr char named_curve = 3;
    if (parameters.size() < 4 || parameters[0] != named_curve)
        return false;
    const auto octet = [&](std::size_t at) { return static_cast<std::uint8_t>(parameters[at]); };
    const auto id = static_cast<std::uint16_t>(octet(1) << 8 | octet(2));
    const std::size_t size = octet(3);
    return parameters.size() == 4 + size && std::ranges::any_of(curves, [&](const Curve& curve) {
        return curve.id == id && curve.point_size == size;
    });
}

// Whole handshake messages, each with type and length: ClientHello and ServerHello first, ClientKeyExchange last.
bool is_client_transcript(std::string_view block)
{
    constexpr std::array<std::uint8_t, 9> may_come = {1, 2, 4, 11, 12, 13, 14, 16, 22};
    constexpr std::uint8_t client_hello = 1, server_hello = 2, client_key_exchange = 16;
    std::uint8_t last = 0;
    for (std::size_t count = 0; !block.empty(); ++count) {
        const auto octet = [&](std::size_t at) { return static_cast<std::uint8_t>(block[at]); };
        if (block.size() < 4)
            return false;
        last = octet(0);
        const std::size_t size = std::size_t{octet(1)} << 16 | std::size_t{octet(2)} << 8 | octet(3);
        const bool in_place = count == 0 ? last == client_hello : count == 1 ? last == server_hello : last > server_hello;
        if (!in_place || std::ranges::find(may_come, last) == may_come.end() || block.size() - 4 < size)
            return false;
        block.remove_prefix(4 + size);
        if (last == client_key_exchange)
            return block.empty() && count > 1;
    }
    return false;
}

// The last header is a DKIM-Signature whose b= is empty and which has the tags that each has; before it there are
// whole headers only.
bool is_dkim(std::string_view block)
{
    const auto before = block.rfind("\r\n");
    auto last = before == std::string_view::npos ? block : block.substr(before + 2);
    // In the simple form the header is folded: its lines begin with blanks.
    for (auto at = before; at != std::string_view::npos && !last.empty() && (last.front() == ' ' || last.front() == '\t');) {
        at = block.substr(0, at).rfind("\r\n");
        last = at == std::string_view::npos ? block : block.substr(at + 2);
    }
    const bool named = last.starts_with("dkim-signature:v=1;") || last.starts_with("DKIM-Signature: v=1;");
    return named && last.ends_with("b=;") && last.find("bh=") != std::string_view::npos && last.find("d=") != std::string_view::npos;
}

}

Block classify(std::string_view block)
{
    if (is_dkim(block))
        return Block::dkim;
    constexpr std::size_t randoms = 64;
    if (block.size() <= randoms)
        return Block::foreign;
    const auto head = block.substr(0, padding_size);
    const auto rest = block.substr(padding_size);
    // The padding is where two randoms would be, so that neither kind can pass for the other; randoms of spaces
    // alone do not happen.
    if (std::ranges::all_of(head, [](char c) { return c == ' '; })) {
        const auto context = rest.substr(0, server_context.size());
        if (rest.size() < server_context.size() || !is_transcript_hash(rest.substr(server_context.size())))
            return Block::foreign;
        return context == server_context ? Block::tls13_server
               : context == client_context ? Block::tls13_client
                                           : Block::foreign;
    }
    if (is_client_transcript(block))
        return Block::tls12_client;
    return is_named_curve_point(rest) ? Block::tls12_parameters : Block::foreign;
}

}
