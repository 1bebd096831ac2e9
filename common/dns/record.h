// DNS records as values, made from wire format with strict bounds.
//
// A Record owns its text; names are lower-case, without the dot at the end, and hold only what a name may
// hold in a log line (other octets are written \DDD, RFC 1035 section 5.1). Rdata that is malformed makes
// the record, not the process, go away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/result.h"
#include "common/net/address.h"

namespace gp::dns {

enum class Type : std::uint16_t {
    a = 1,
    ns = 2,
    cname = 5,
    soa = 6,
    ptr = 12,
    hinfo = 13,
    mx = 15,
    txt = 16,
    aaaa = 28,
    srv = 33,
    dname = 39,
    rrsig = 46,
    tlsa = 52,
    spf = 99,
    caa = 257,
};

// "MX", "mx" …; "TYPE65" for the others (RFC 3597 section 5).
Result<Type> parse_type(std::string_view name);
std::string type_name(Type type);

struct HostAddress { // A, AAAA
    net::Address address;
    bool operator==(const HostAddress&) const = default;
};
struct Target { // NS, CNAME, PTR, DNAME
    std::string name;
    bool operator==(const Target&) const = default;
};
struct MailExchanger {
    std::uint16_t preference = 0;
    std::string host; // empty: "." (RFC 7505)
    bool operator==(const MailExchanger&) const = default;
};
struct Text { // TXT, SPF, HINFO
    std::vector<std::string> strings; // any octets
    std::string joined() const;       // without anything between (RFC 7208 section 3.3)
    bool operator==(const Text&) const = default;
};
struct Service { // SRV
    std::uint16_t priority = 0, weight = 0, port = 0;
    std::string host; // empty: "."
    bool operator==(const Service&) const = default;
};
struct TlsAssociation { // TLSA
    std::uint8_t usage = 0, selector = 0, matching = 0;
    std::string data; // octets
    bool operator==(const TlsAssociation&) const = default;
};
struct Authority { // SOA
    std::string primary, mailbox;
    std::uint32_t serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0;
    bool operator==(const Authority&) const = default;
};
struct CertificationAuthority { // CAA
    std::uint8_t flags = 0;
    std::string tag, value;
    bool operator==(const CertificationAuthority&) const = default;
};
struct Opaque {
    std::string octets;
    bool operator==(const Opaque&) const = default;
};

using Data = std::variant<HostAddress, Target, MailExchanger, Text, Service, TlsAssociation, Authority,
                          CertificationAuthority, Opaque>;

struct Record {
    std::string name; // of the owner
    Type type = Type::a;
    std::uint32_t ttl = 0;
    Data data;

    template <class T>
    const T* as() const
    {
        return std::get_if<T>(&data);
    }
    bool operator==(const Record&) const = default;
};

// What a name looks like in a packet and back. `at` is moved behind the name; compression pointers may
// only point backwards, so that a loop cannot be written.
Result<std::string> read_name(std::string_view packet, std::size_t& at);
// Refuses labels over 63 and names over 255 octets, and empty labels.
Result<std::string> encode_name(std::string_view name);

// One record's rdata at packet[at, at + length); names in it may point anywhere before it.
Result<Data> read_rdata(Type type, std::string_view packet, std::size_t at, std::size_t length);

// A whole answer packet, bounded: at most `max_records` records of all sections are read.
struct Packet {
    std::uint16_t id = 0;
    bool response = false, truncated = false, authentic = false, authoritative = false;
    unsigned rcode = 0;
    std::string question;
    Type question_type = Type::a;
    std::vector<Record> answers, authorities;
};
Result<Packet> read_packet(std::string_view octets, std::size_t max_records);

}
