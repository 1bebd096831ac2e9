// IP addresses and socket addresses as values: parsed as Exim writes them, printed as the log shows them.
//
// Address is an IPv4 or IPv6 address without a port; everybody who matches, logs or connects uses it.
// SocketAddress adds a port, or is the path of a Unix socket. Nothing here asks a name server.
#pragma once

#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::net {

class Address {
public:
    static constexpr std::size_t max_text = 64; // longer texts are no address

    Address() = default; // 0.0.0.0

    // "192.0.2.1", "2001:db8::1", "fe80::1%eth0", "::ffff:192.0.2.1"; brackets around either are taken
    // off. No mask, no port, no octal, no short forms such as "10.1".
    static Result<Address> parse(std::string_view text);
    // The inside of a domain literal (RFC 5321 section 4.1.3): as parse(), with "IPv6:" before the newer kind.
    static Result<Address> parse_literal(std::string_view text);
    static bool is_address(std::string_view text) { return static_cast<bool>(parse(text)); }

    static Address v4(std::uint32_t host_order);
    static Address v4(std::span<const std::uint8_t, 4> bytes);
    static Address v6(std::span<const std::uint8_t, 16> bytes, std::uint32_t scope = 0);
    static Result<Address> from(const sockaddr* address, socklen_t length); // AF_INET and AF_INET6 only

    bool is_v4() const { return v4_; }
    bool is_v6() const { return !v4_; }
    bool is_unspecified() const; // 0.0.0.0 and ::
    bool is_loopback() const;    // 127.0.0.0/8, ::1 and the mapped forms
    bool is_v4_mapped() const;   // ::ffff:0:0/96
    Address unmapped() const;    // the IPv4 address in a mapped one; others are themselves

    unsigned width() const { return v4_ ? 32 : 128; }
    std::span<const std::uint8_t> bytes() const { return {bytes_.data(), v4_ ? 4u : 16u}; } // network order
    std::uint32_t scope() const { return scope_; }
    Address masked(unsigned bits) const; // the first `bits` bits, the others 0; the scope goes

    std::string text() const;     // "192.0.2.1", "2001:db8::1": what the log and $sender_host_address have
    std::string literal() const;  // "[192.0.2.1]", "[IPv6:2001:db8::1]"
    std::string full() const;     // eight groups of four digits: ${ipv6denorm}; IPv4 as its mapped form
    std::string reversed() const; // "1.2.0.192", or the 32 nibbles: the order that DNS lists want
    std::string arpa() const;     // reversed with "in-addr.arpa" or "ip6.arpa"

    auto operator<=>(const Address&) const = default; // IPv6 before IPv4, then by octets
    bool operator==(const Address&) const = default;

private:
    bool v4_ = true;
    std::array<std::uint8_t, 16> bytes_{};
    std::uint32_t scope_ = 0;
};

struct AddressHash {
    std::size_t operator()(const Address& address) const;
};

class SocketAddress {
public:
    SocketAddress() = default; // 0.0.0.0 port 0
    SocketAddress(const Address& address, std::uint16_t port) : address_(address), port_(port) {}

    // "/path" is a Unix socket. Otherwise an address with a port in any of Exim's forms: "192.0.2.1:25",
    // "192.0.2.1.25", "[192.0.2.1]:25", "[2001:db8::1]:25", "2001:db8::1.25"; without a port: default_port.
    static Result<SocketAddress> parse(std::string_view text, std::uint16_t default_port = 0);
    static Result<SocketAddress> unix_path(std::string_view path); // refuses what does not fit sun_path
    static Result<SocketAddress> from(const sockaddr* address, socklen_t length);

    bool is_unix() const { return !path_.empty(); }
    const std::string& path() const { return path_; }
    const Address& address() const { return address_; }
    std::uint16_t port() const { return port_; }

    int family() const;
    socklen_t fill(sockaddr_storage& into) const; // the length for connect(2) and bind(2)

    std::string text() const; // "[192.0.2.1]:25", or the path

    auto operator<=>(const SocketAddress&) const = default;
    bool operator==(const SocketAddress&) const = default;

private:
    Address address_;
    std::uint16_t port_ = 0;
    std::string path_;
};

// A port as an option has it: a number from 1 to 65535, or a name of a mail service ("smtp", "smtps",
// "submission", "submissions", "lmtp"); /etc/services is not asked, for a jail has none.
Result<std::uint16_t> parse_port(std::string_view text);

}
