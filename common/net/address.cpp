#include "common/net/address.h"

#include "common/base/number.h"
#include "common/base/text.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace gp::net {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::optional<std::uint32_t> scope_number(std::string_view scope)
{
    if (scope.empty() || scope.size() >= IF_NAMESIZE)
        return std::nullopt;
    if (auto number = parse_unsigned(scope); number && *number > 0 && *number <= UINT32_MAX)
        return static_cast<std::uint32_t>(*number);
    if (const unsigned index = ::if_nametoindex(std::string(scope).c_str()); index > 0)
        return index;
    return std::nullopt;
}

Error no_address(std::string_view text)
{
    return permanent("\"" + escape(text.substr(0, Address::max_text)) + "\" is not an IP address");
}

Result<std::uint16_t> port_number(std::string_view text)
{
    auto number = parse_unsigned(text);
    if (!number || *number > 65535)
        return permanent("\"" + escape(text.substr(0, 16)) + "\" is not a port number");
    return static_cast<std::uint16_t>(*number);
}

}

Result<Address> Address::parse(std::string_view text)
{
    const auto whole = text;
    if (text.size() > 2 && text.front() == '[' && text.back() == ']')
        text = text.substr(1, text.size() - 2);
    if (text.empty() || text.size() > max_text || text.find('\0') != text.npos)
        return no_address(whole);
    if (text.find(':') == text.npos) {
        in_addr four{};
        if (::inet_pton(AF_INET, std::string(text).c_str(), &four) != 1)
            return no_address(whole);
        return v4(ntohl(four.s_addr));
    }
    std::uint32_t scope = 0;
    if (const auto percent = text.find('%'); percent != text.npos) {
        const auto number = scope_number(text.substr(percent + 1));
        if (!number)
            return no_address(whole);
        scope = *number;
        text = text.substr(0, percent);
    }
    std::array<std::uint8_t, 16> six{};
    if (::inet_pton(AF_INET6, std::string(text).c_str(), six.data()) != 1)
        return no_address(whole);
    return v6(six, scope);
}

Result<Address> Address::parse_literal(std::string_view text)
{
    if (text.size() > 2 && text.front() == '[' && text.back() == ']')
        text = text.substr(1, text.size() - 2);
    if (starts_nocase(text, "IPv6:")) {
        const auto address = TRY(parse(text.substr(5)));
        if (address.is_v4())
            return no_address(text);
        return address;
    }
    if (starts_nocase(text, "IPv4:")) // Exim takes this form too
        text.remove_prefix(5);
    return parse(text);
}

Address Address::v4(std::uint32_t host_order)
{
    const std::array<std::uint8_t, 4> bytes{
        static_cast<std::uint8_t>(host_order >> 24), static_cast<std::uint8_t>(host_order >> 16),
        static_cast<std::uint8_t>(host_order >> 8), static_cast<std::uint8_t>(host_order)};
    return v4(bytes);
}

Address Address::v4(std::span<const std::uint8_t, 4> bytes)
{
    Address made;
    std::copy(bytes.begin(), bytes.end(), made.bytes_.begin());
    return made;
}

Address Address::v6(std::span<const std::uint8_t, 16> bytes, std::uint32_t scope)
{
    Address made;
    made.v4_ = false;
    std::copy(bytes.begin(), bytes.end(), made.bytes_.begin());
    made.scope_ = scope;
    return made;
}

Result<Address> Address::from(const sockaddr* address, socklen_t length)
{
    const auto socket_address = TRY(SocketAddress::from(address, length));
    if (socket_address.is_unix())
        return permanent("a Unix socket has no IP address");
    return socket_address.address();
}

bool Address::is_unspecified() const
{
    return std::ranges::all_of(bytes_, [](std::uint8_t byte) { return byte == 0; });
}

bool Address::is_loopback() const
{
    if (v4_)
        return bytes_[0] == 127;
    if (is_v4_mapped())
        return bytes_[12] == 127;
    return bytes_[15] == 1 &&
           std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

bool Address::is_v4_mapped() const
{
    return !v4_ && bytes_[10] == 0xff && bytes_[11] == 0xff &&
           std::all_of(bytes_.begin(), bytes_.begin() + 10, [](std::uint8_t byte) { return byte == 0; });
}

Address Address::unmapped() const
{
    if (!is_v4_mapped())
        return *this;
    return v4(std::span<const std::uint8_t, 4>{bytes_.data() + 12, 4});
}

Address Address::masked(unsigned bits) const
{
    Address made = *this;
    made.scope_ = 0;
    for (unsigned at = 0; at < 16; ++at) {
        const unsigned kept = bits > at * 8 ? std::min(8u, bits - at * 8) : 0;
        made.bytes_[at] = static_cast<std::uint8_t>(made.bytes_[at] & (0xff00u >> kept));
    }
    return made;
}

std::string Address::text() const
{
    char buffer[INET6_ADDRSTRLEN];
    ::inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), buffer, sizeof buffer);
    std::string out = buffer;
    if (scope_ != 0)
        out += "%" + std::to_string(scope_);
    return out;
}

std::string Address::literal() const
{
    return v4_ ? "[" + text() + "]" : "[IPv6:" + text() + "]";
}

std::string Address::full() const
{
    if (v4_)
        return fmt::format("0000:0000:0000:0000:0000:ffff:{:02x}{:02x}:{:02x}{:02x}", bytes_[0], bytes_[1],
                           bytes_[2], bytes_[3]);
    std::string out;
    for (std::size_t at = 0; at < 16; at += 2)
        out += fmt::format("{}{:02x}{:02x}", at == 0 ? "" : ":", bytes_[at], bytes_[at + 1]);
    return out;
}

std::string Address::reversed() const
{
    if (v4_)
        return fmt::format("{}.{}.{}.{}", bytes_[3], bytes_[2], bytes_[1], bytes_[0]);
    std::string out; // RFC 3596 section 2.5: nibbles, the low one first
    out.reserve(64);
    for (auto byte = bytes_.rbegin(); byte != bytes_.rend(); ++byte) {
        if (!out.empty())
            out += '.';
        out += hex_digits[*byte & 0xf];
        out += '.';
        out += hex_digits[*byte >> 4];
    }
    return out;
}

std::string Address::arpa() const
{
    return reversed() + (v4_ ? ".in-addr.arpa" : ".ip6.arpa");
}

std::size_t AddressHash::operator()(const Address& address) const
{
    const auto bytes = address.bytes();
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<SocketAddress> SocketAddress::parse(std::string_view text, std::uint16_t default_port)
{
    if (!text.empty() && text.front() == '/')
        return unix_path(text);
    if (!text.empty() && text.front() == '[') {
        const auto close = text.find(']');
        if (close == text.npos)
            return no_address(text);
        const auto address = TRY(Address::parse_literal(text.substr(0, close + 1)));
        auto rest = text.substr(close + 1);
        if (rest.empty())
            return SocketAddress{address, default_port};
        if (rest.front() != ':' && rest.front() != '.')
            return no_address(text);
        const auto port = TRY(port_number(rest.substr(1)));
        return SocketAddress{address, port};
    }
    if (const auto address = Address::parse(text))
        return SocketAddress{*address, default_port};
    // "192.0.2.1:25", "192.0.2.1.25", "2001:db8::1.25": the port is behind the last separator.
    const auto colons = std::count(text.begin(), text.end(), ':');
    const auto at = colons == 1 ? text.rfind(':') : text.rfind('.');
    if (at == text.npos)
        return no_address(text);
    auto address = Address::parse(text.substr(0, at));
    if (!address)
        return no_address(text);
    const auto port = TRY(port_number(text.substr(at + 1)));
    return SocketAddress{*address, port};
}

Result<SocketAddress> SocketAddress::unix_path(std::string_view path)
{
    if (path.empty() || path.front() != '/')
        return permanent("the path of a Unix socket must begin with a slash");
    if (path.size() >= sizeof(sockaddr_un{}.sun_path) || path.find('\0') != path.npos)
        return permanent("the path of a Unix socket must be shorter than 108 octets");
    SocketAddress made;
    made.path_ = path;
    return made;
}

Result<SocketAddress> SocketAddress::from(const sockaddr* address, socklen_t length)
{
    if (length >= sizeof(sockaddr_in) && address->sa_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, address, sizeof four);
        return SocketAddress{Address::v4(ntohl(four.sin_addr.s_addr)), ntohs(four.sin_port)};
    }
    if (length >= sizeof(sockaddr_in6) && address->sa_family == AF_INET6) {
        sockaddr_in6 six{};
        std::memcpy(&six, address, sizeof six);
        const auto made = Address::v6(std::span<const std::uint8_t, 16>{six.sin6_addr.s6_addr, 16}, six.sin6_scope_id);
        return SocketAddress{made, ntohs(six.sin6_port)};
    }
    if (length > sizeof(sa_family_t) && address->sa_family == AF_UNIX) {
        sockaddr_un local{};
        std::memcpy(&local, address, std::min<std::size_t>(length, sizeof local));
        const std::string_view path{local.sun_path, ::strnlen(local.sun_path, sizeof local.sun_path - 1)};
        return unix_path(path);
    }
    return permanent("not an internet or Unix socket address");
}

int SocketAddress::family() const
{
    if (is_unix())
        return AF_UNIX;
    return address_.is_v4() ? AF_INET : AF_INET6;
}

socklen_t SocketAddress::fill(sockaddr_storage& into) const
{
    into = {};
    if (is_unix()) {
        sockaddr_un local{};
        local.sun_family = AF_UNIX;
        std::copy(path_.begin(), path_.end(), local.sun_path);
        std::memcpy(&into, &local, sizeof local);
        return sizeof local;
    }
    const auto bytes = address_.bytes();
    if (address_.is_v4()) {
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_port = htons(port_);
        std::memcpy(&four.sin_addr, bytes.data(), bytes.size());
        std::memcpy(&into, &four, sizeof four);
        return sizeof four;
    }
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port_);
    six.sin6_scope_id = address_.scope();
    std::memcpy(&six.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&into, &six, sizeof six);
    return sizeof six;
}

std::string SocketAddress::text() const
{
    if (is_unix())
        return path_;
    return "[" + address_.text() + "]:" + std::to_string(port_);
}

Result<std::uint16_t> parse_port(std::string_view text)
{
    struct Named {
        std::string_view name;
        std::uint16_t port;
    };
    static constexpr std::array names = {
        Named{"smtp", 25},         Named{"smtps", 465}, Named{"submission", 587}, Named{"submissions", 465},
        Named{"urd", 465},         Named{"ssmtp", 465}, Named{"lmtp", 24},        Named{"mail", 25},
    };
    text = trim(text);
    if (text.empty())
        return permanent("the port is empty");
    if (is_digit(text.front())) {
        const auto port = TRY(port_number(text));
        if (port == 0)
            return permanent("port 0 cannot be connected to");
        return port;
    }
    for (const auto& named : names)
        if (same_nocase(named.name, text))
            return named.port;
    return permanent("\"" + escape(text.substr(0, 32)) + "\" is not a port number or the name of a mail service");
}

}
