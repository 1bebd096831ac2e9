// What DANE knows of a server (RFC 7672): remote asks before it connects, for router has the resolver.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gp::router {

struct TlsaRecord {
    std::uint8_t usage = 0, selector = 0, matching = 0;
    std::string data; // octets
    static void fields(auto& self, auto&& field)
    {
        field("usage", self.usage);
        field("selector", self.selector);
        field("matching", self.matching);
        field("data", self.data);
    }
};

struct FoundTlsa {
    enum class Kind : std::uint8_t { records, none, deferred };
    Kind kind = Kind::none;
    bool secure = false; // validated with DNSSEC; else the records are worth nothing
    std::vector<TlsaRecord> records;
    static void fields(auto& self, auto&& field)
    {
        field("kind", self.kind);
        field("secure", self.secure);
        field("records", self.records);
    }
};
constexpr FoundTlsa::Kind enum_limit(FoundTlsa::Kind)
{
    return FoundTlsa::Kind::deferred;
}

struct FindTlsa {
    static constexpr std::string_view name = "find_tlsa";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 256 * 1024;
    using Reply = FoundTlsa;
    std::string host;
    std::uint16_t port = 25;
    static void fields(auto& self, auto&& field)
    {
        field("host", self.host);
        field("port", self.port);
    }
};

}
