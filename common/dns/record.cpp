#include "common/dns/record.h"

#include "common/base/number.h"
#include "common/base/text.h"

#include <array>

namespace gp::dns {
namespace {

constexpr std::size_t max_name = 255;  // RFC 1035 section 2.3.4
constexpr std::size_t max_label = 63;
constexpr std::size_t header_size = 12;

struct TypeName {
    Type type;
    std::string_view name;
};
constexpr std::array type_names = {
    TypeName{Type::a, "A"},         TypeName{Type::ns, "NS"},       TypeName{Type::cname, "CNAME"},
    TypeName{Type::soa, "SOA"},     TypeName{Type::ptr, "PTR"},     TypeName{Type::hinfo, "HINFO"},
    TypeName{Type::mx, "MX"},       TypeName{Type::txt, "TXT"},     TypeName{Type::aaaa, "AAAA"},
    TypeName{Type::srv, "SRV"},     TypeName{Type::dname, "DNAME"}, TypeName{Type::rrsig, "RRSIG"},
    TypeName{Type::tlsa, "TLSA"},   TypeName{Type::spf, "SPF"},     TypeName{Type::caa, "CAA"},
};

Error malformed(std::string_view what)
{
    return temporary("malformed DNS answer: " + std::string(what));
}

std::uint8_t octet(std::string_view packet, std::size_t at)
{
    return static_cast<std::uint8_t>(packet[at]);
}

std::uint16_t two(std::string_view packet, std::size_t at)
{
    return static_cast<std::uint16_t>(octet(packet, at) << 8 | octet(packet, at + 1));
}

std::uint32_t four(std::string_view packet, std::size_t at)
{
    return static_cast<std::uint32_t>(two(packet, at)) << 16 | two(packet, at + 2);
}

void append_label(std::string& name, std::string_view label)
{
    for (const char c : label) {
        if (c > ' ' && c <= '~' && c != '.' && c != '\\' && c != '"') {
            name += to_lower(c);
            continue;
        }
        const auto value = static_cast<std::uint8_t>(c);
        name += '\\'; // RFC 1035 section 5.1
        name += static_cast<char>('0' + value / 100);
        name += static_cast<char>('0' + value / 10 % 10);
        name += static_cast<char>('0' + value % 10);
    }
}

Result<Data> read_address(std::string_view rdata, std::size_t width)
{
    if (rdata.size() != width)
        return malformed("an address record of wrong size");
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(rdata.data());
    if (width == 4)
        return Data{HostAddress{net::Address::v4(std::span<const std::uint8_t, 4>{bytes, 4})}};
    return Data{HostAddress{net::Address::v6(std::span<const std::uint8_t, 16>{bytes, 16})}};
}

// A name that must end where the rdata ends.
Result<std::string> last_name(std::string_view packet, std::size_t at, std::size_t end)
{
    if (at >= end)
        return malformed("rdata that is too short");
    auto name = TRY(read_name(packet.substr(0, end), at));
    if (at != end)
        return malformed("octets after a name");
    return name;
}

Result<Data> read_text(std::string_view rdata)
{
    Text text;
    while (!rdata.empty()) {
        const std::size_t size = octet(rdata, 0);
        if (size + 1 > rdata.size())
            return malformed("a text that is longer than its record");
        text.strings.emplace_back(rdata.substr(1, size));
        rdata.remove_prefix(size + 1);
    }
    return Data{std::move(text)};
}

Result<Data> read_authority(std::string_view packet, std::size_t at, std::size_t end)
{
    const auto whole = packet.substr(0, end);
    Authority soa;
    soa.primary = TRY(read_name(whole, at));
    soa.mailbox = TRY(read_name(whole, at));
    if (end - at != 20)
        return malformed("a SOA record of wrong size");
    soa.serial = four(whole, at);
    soa.refresh = four(whole, at + 4);
    soa.retry = four(whole, at + 8);
    soa.expire = four(whole, at + 12);
    soa.minimum = four(whole, at + 16);
    return Data{std::move(soa)};
}

Result<Data> read_caa(std::string_view rdata)
{
    if (rdata.size() < 2 || rdata.size() < 2u + octet(rdata, 1))
        return malformed("a CAA record that is too short");
    const std::size_t tag = octet(rdata, 1);
    return Data{CertificationAuthority{octet(rdata, 0), std::string(rdata.substr(2, tag)),
                                       std::string(rdata.substr(2 + tag))}};
}

Result<Record> read_record(std::string_view packet, std::size_t& at)
{
    Record record;
    record.name = TRY(read_name(packet, at));
    if (packet.size() - at < 10)
        return malformed("a record that is cut off");
    record.type = static_cast<Type>(two(packet, at));
    const std::uint16_t record_class = two(packet, at + 2);
    record.ttl = four(packet, at + 4);
    if (record.ttl > 0x7fffffff) // RFC 2181 section 8
        record.ttl = 0;
    const std::size_t length = two(packet, at + 8);
    at += 10;
    if (packet.size() - at < length)
        return malformed("a record that is cut off");
    const std::size_t start = at;
    at += length;
    if (record_class != 1) // OPT and whatever else is not of the Internet class
        return Record{.name = {}, .type = static_cast<Type>(0), .ttl = 0, .data = Opaque{}};
    record.data = TRY(read_rdata(record.type, packet, start, length));
    return record;
}

}

Result<Type> parse_type(std::string_view name)
{
    for (const auto& known : type_names)
        if (same_nocase(known.name, name))
            return known.type;
    if (starts_nocase(name, "TYPE"))
        if (auto number = parse_unsigned(name.substr(4)); number && *number <= 0xffff)
            return static_cast<Type>(*number);
    return misconfigured("\"" + escape(name.substr(0, 32)) + "\" is not a DNS record type");
}

std::string type_name(Type type)
{
    for (const auto& known : type_names)
        if (known.type == type)
            return std::string(known.name);
    return "TYPE" + std::to_string(static_cast<unsigned>(type));
}

std::string Text::joined() const
{
    std::string out;
    for (const auto& one : strings)
        out += one;
    return out;
}

Result<std::string> read_name(std::string_view packet, std::size_t& at)
{
    std::string name;
    std::size_t from = at;
    std::size_t octets = 0;
    std::size_t lowest = at; // where the last jump came from: the next one must go below
    bool jumped = false;
    for (;;) {
        if (from >= packet.size())
            return malformed("a name that is cut off");
        const std::size_t length = octet(packet, from);
        if ((length & 0xc0) == 0xc0) { // RFC 1035 section 4.1.4
            if (from + 1 >= packet.size())
                return malformed("a name that is cut off");
            const std::size_t to = two(packet, from) & 0x3fffu;
            if (to >= lowest)
                return malformed("a compressed name that does not point backwards");
            if (!jumped)
                at = from + 2;
            jumped = true;
            lowest = from = to;
            continue;
        }
        if (length > max_label)
            return malformed("a label of unknown kind");
        octets += length + 1;
        if (octets > max_name)
            return malformed("a name that is too long");
        ++from;
        if (length == 0)
            break;
        if (from + length > packet.size())
            return malformed("a name that is cut off");
        if (!name.empty())
            name += '.';
        append_label(name, packet.substr(from, length));
        from += length;
    }
    if (!jumped)
        at = from;
    return name;
}

Result<std::string> encode_name(std::string_view name)
{
    if (!name.empty() && name.back() == '.')
        name.remove_suffix(1);
    std::string out;
    if (name.empty())
        return std::string(1, '\0');
    for (const auto label : split(name, '.')) {
        if (label.empty() || label.size() > max_label)
            return permanent("\"" + escape(name.substr(0, max_name)) + "\" has a label that is empty or over 63 octets");
        out += static_cast<char>(label.size());
        out += label;
    }
    out += '\0';
    if (out.size() > max_name)
        return permanent("\"" + escape(name.substr(0, 64)) + "...\" is longer than a domain name may be");
    return out;
}

Result<Data> read_rdata(Type type, std::string_view packet, std::size_t at, std::size_t length)
{
    if (at > packet.size() || packet.size() - at < length)
        return malformed("rdata that is cut off");
    const std::size_t end = at + length;
    const auto rdata = packet.substr(at, length);
    switch (type) {
    case Type::a:
        return read_address(rdata, 4);
    case Type::aaaa:
        return read_address(rdata, 16);
    case Type::ns:
    case Type::cname:
    case Type::ptr:
    case Type::dname:
        return Data{Target{TRY(last_name(packet, at, end))}};
    case Type::mx: {
        if (length < 3)
            return malformed("an MX record that is too short");
        auto name = TRY(last_name(packet, at + 2, end));
        return Data{MailExchanger{two(packet, at), std::move(name)}};
    }
    case Type::srv: {
        if (length < 7)
            return malformed("an SRV record that is too short");
        auto name = TRY(last_name(packet, at + 6, end));
        return Data{Service{two(packet, at), two(packet, at + 2), two(packet, at + 4), std::move(name)}};
    }
    case Type::txt:
    case Type::spf:
    case Type::hinfo:
        return read_text(rdata);
    case Type::soa:
        return read_authority(packet, at, end);
    case Type::tlsa:
        if (length < 4)
            return malformed("a TLSA record that is too short");
        return Data{TlsAssociation{octet(rdata, 0), octet(rdata, 1), octet(rdata, 2), std::string(rdata.substr(3))}};
    case Type::caa:
        return read_caa(rdata);
    case Type::rrsig:
        break;
    }
    return Data{Opaque{std::string(rdata)}};
}

Result<Packet> read_packet(std::string_view octets, std::size_t max_records)
{
    if (octets.size() < header_size)
        return malformed("too short");
    Packet packet;
    packet.id = two(octets, 0);
    const std::uint16_t flags = two(octets, 2);
    packet.response = (flags & 0x8000) != 0;
    packet.authoritative = (flags & 0x0400) != 0;
    packet.truncated = (flags & 0x0200) != 0;
    packet.authentic = (flags & 0x0020) != 0;
    packet.rcode = flags & 0xf;
    if (two(octets, 4) > 1)
        return malformed("more than one question");
    std::size_t at = header_size;
    if (two(octets, 4) == 1) {
        packet.question = TRY(read_name(octets, at));
        if (octets.size() - at < 4)
            return malformed("a question that is cut off");
        packet.question_type = static_cast<Type>(two(octets, at));
        at += 4;
    }
    const std::size_t answers = two(octets, 6);
    const std::size_t all = answers + two(octets, 8);
    for (std::size_t n = 0; n < all && n < max_records && at < octets.size(); ++n) {
        auto record = read_record(octets, at);
        if (!record) {
            if (packet.truncated) // what is there is not used anyway
                break;
            return std::move(record).error();
        }
        if (record->type != static_cast<Type>(0))
            (n < answers ? packet.answers : packet.authorities).push_back(std::move(*record));
    }
    return packet;
}

}
