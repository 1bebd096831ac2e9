#include "delivery/remote/socks.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>

namespace gp::remote {
namespace {

constexpr std::size_t longest_word = 255; // RFC 1929 section 2: lengths are one octet
constexpr std::size_t most_proxies = 100;
constexpr std::string_view version = "\x05";
constexpr char no_login = 0, by_name = 2, connect_to = 1, v4 = 1, domain = 3, v6 = 4;

// RFC 1928 section 6.
constexpr std::array<std::string_view, 9> refusals = {
    "succeeded", "general SOCKS server failure", "connection not allowed by ruleset", "Network unreachable", "Host unreachable",
    "Connection refused", "TTL expired", "Command not supported", "Address type not supported",
};

Error bad(std::string_view item, std::string_view why)
{
    return misconfigured("socks_proxy: \"" + escape(item) + "\": " + std::string(why));
}

Status set(SocksProxy& proxy, std::string_view word)
{
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const auto value = equals == word.npos ? std::string_view{} : word.substr(equals + 1);
    const auto number = parse_unsigned(value);
    if (name == "auth" && (value == "none" || value == "name"))
        proxy.logs_in = value == "name";
    else if (name == "name" && value.size() <= longest_word)
        proxy.name = value;
    else if (name == "pass" && value.size() <= longest_word)
        proxy.password = value;
    else if (name == "port" && number && *number > 0 && *number <= 65535)
        proxy.port = static_cast<std::uint16_t>(*number);
    else if (name == "tmo" && number && *number > 0 && *number < 86400)
        proxy.timeout = Duration{static_cast<std::int64_t>(*number) * 1000};
    else if (name == "pri" && number && *number <= 1'000'000)
        proxy.priority = static_cast<std::uint32_t>(*number);
    else if (name == "weight" && number && *number <= 1'000'000)
        proxy.weight = static_cast<std::uint32_t>(*number);
    else
        return bad(word.starts_with("pass") ? "pass=…" : word, "no option of a proxy");
    return {};
}

void append_address(std::string& out, const net::SocketAddress& address)
{
    const auto octets = address.address().bytes();
    out += address.address().is_v4() ? v4 : v6;
    out.append(reinterpret_cast<const char*>(octets.data()), octets.size());
    out += static_cast<char>(address.port() >> 8);
    out += static_cast<char>(address.port() & 0xff);
}

Result<std::string> read(Wire& wire, std::size_t count, event::Deadline until)
{
    auto octets = wire.read_octets(count, until);
    if (!octets && octets.error().cause != Cause::timeout)
        return temporary("the proxy closed the connection");
    return octets;
}

Status log_in(const SocksProxy& proxy, Wire& wire, event::Deadline until)
{
    std::string say = "\x01"; // RFC 1929 section 2
    for (const auto* word : {&proxy.name, &proxy.password})
        say += static_cast<char>(word->size()) + *word;
    TRY(wire.write(say, until));
    if (TRY(read(wire, 2, until)) != std::string("\x01\0", 2))
        return temporary("the proxy does not take name and password");
    return {};
}

// The address behind the head of a reply.
Result<net::SocketAddress> read_address(char kind, Wire& wire, event::Deadline until)
{
    std::size_t size = kind == v4 ? 4 : 16;
    if (kind == domain)
        size = static_cast<unsigned char>(TRY(read(wire, 1, until))[0]);
    else if (kind != v4 && kind != v6)
        return temporary("the proxy answered with an address of no known type");
    const auto octets = TRY(read(wire, size + 2, until));
    const auto port = static_cast<std::uint16_t>(static_cast<unsigned char>(octets[size]) << 8 | static_cast<unsigned char>(octets[size + 1]));
    if (kind == domain)
        return net::SocketAddress{net::Address{}, port};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(octets.data());
    const auto address = kind == v4 ? net::Address::v4(std::span<const std::uint8_t, 4>(bytes, 4))
                                    : net::Address::v6(std::span<const std::uint8_t, 16>(bytes, 16));
    return net::SocketAddress{address, port};
}

}

Result<std::vector<SocksProxy>> SocksProxy::parse(std::string_view option)
{
    std::vector<SocksProxy> proxies;
    for (const auto& item : config::split_list(option)) {
        SocksProxy proxy;
        bool first = true;
        for (const auto& word : split(item, ' ')) {
            if (trim(word).empty())
                continue;
            if (!std::exchange(first, false)) {
                TRY(set(proxy, trim(word)));
                continue;
            }
            const auto address = net::Address::parse(trim(word));
            if (!address)
                return bad(trim(word), "no IP address");
            proxy.address = *address;
        }
        if (!first)
            proxies.push_back(std::move(proxy));
        if (proxies.size() > most_proxies)
            return misconfigured("socks_proxy: more than " + std::to_string(most_proxies) + " proxies");
    }
    if (proxies.empty())
        return misconfigured("socks_proxy names no proxy");
    return proxies;
}

void SocksProxy::put_in_order(std::vector<SocksProxy>& proxies, const std::function<std::uint32_t(std::uint32_t)>& random)
{
    std::ranges::stable_sort(proxies, std::ranges::greater{}, &SocksProxy::priority);
    for (auto first = proxies.begin(); first != proxies.end(); ++first) {
        const auto last = std::find_if(first, proxies.end(), [&](const SocksProxy& one) { return one.priority != first->priority; });
        const auto whole = std::accumulate(first, last, std::uint32_t{0}, [](std::uint32_t sum, const SocksProxy& one) { return sum + one.weight; });
        auto lot = whole > 0 ? random(whole) : 0;
        auto chosen = first;
        while (std::next(chosen) != last && lot >= chosen->weight)
            lot -= (chosen++)->weight;
        std::iter_swap(first, chosen);
    }
}

// RFC 1928 sections 3, 4 and 6.
Result<net::SocketAddress> SocksProxy::ask_for(const net::SocketAddress& host, Wire& wire, event::Deadline until) const
{
    std::string say{version};
    say += '\x01';
    say += logs_in ? by_name : no_login;
    TRY(wire.write(say, until));
    const auto method = TRY(read(wire, 2, until));
    if (!method.starts_with(version) || method[1] != (logs_in ? by_name : no_login))
        return temporary("the proxy does not take this way to log in");
    if (logs_in)
        TRY(log_in(*this, wire, until));
    say = version;
    say += connect_to;
    say += '\0';
    append_address(say, host);
    TRY(wire.write(say, until));
    const auto head = TRY(read(wire, 4, until));
    if (!head.starts_with(version))
        return temporary("the proxy speaks no SOCKS5");
    const auto answer = static_cast<unsigned char>(head[1]);
    if (answer != 0)
        return temporary("the proxy says: " + std::string(answer < refusals.size() ? refusals.at(answer) : "unknown error"));
    return read_address(head[3], wire, until);
}

}
