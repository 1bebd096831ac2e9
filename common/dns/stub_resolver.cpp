#include "common/dns/stub_resolver.h"

#include "common/base/random.h"
#include "common/base/text.h"
#include "common/event/stream.h"
#include "common/log/log.h"
#include "common/net/connect.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace gp::dns {
namespace {

constexpr std::uint16_t dns_port = 53;
constexpr std::size_t udp_size = 1232; // what passes nearly everywhere unfragmented
constexpr std::size_t max_strangers = 100; // datagrams that are not our answer, before the port is given up

void put_two(std::string& out, unsigned value)
{
    out += static_cast<char>(value >> 8 & 0xff);
    out += static_cast<char>(value & 0xff);
}

// RFC 1035 section 4.1.1. AD in a question asks for AD in the answer (RFC 6840 section 5.7).
std::string make_query(std::uint16_t id, std::string_view wire_name, Type type, bool edns0)
{
    constexpr unsigned recursion_desired = 0x0100, authentic_data = 0x0020;
    std::string out;
    put_two(out, id);
    put_two(out, recursion_desired | authentic_data);
    put_two(out, 1);
    put_two(out, 0);
    put_two(out, 0);
    put_two(out, edns0 ? 1 : 0);
    out += wire_name;
    put_two(out, static_cast<unsigned>(type));
    put_two(out, 1);
    if (edns0) { // RFC 6891 section 6.1.2
        out += '\0';
        put_two(out, 41);
        put_two(out, udp_size);
        put_two(out, 0);
        put_two(out, 0);
        put_two(out, 0);
    }
    return out;
}

// Is it the answer to this very question? RFC 5452 section 9.1.
bool answers(std::string_view octets, std::uint16_t id, const std::string& name, Type type)
{
    auto head = read_packet(octets, 0);
    return head && head->response && head->id == id && head->question_type == type &&
           (head->question == name || (head->question.empty() && head->rcode != 0));
}

Error no_answer(std::string_view name, Type type)
{
    return temporary("DNS look-up of " + escape(name) + " (" + type_name(type) + ") timed out", Cause::timeout);
}

class Inside {
public:
    explicit Inside(event::Gate& gate) : gate_(gate) {}
    ~Inside() { gate_.leave(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

private:
    event::Gate& gate_;
};

}

Result<std::unique_ptr<StubResolver>> StubResolver::make(const ResolverSettings& settings, const AnswerLimits& limits)
{
    std::vector<net::SocketAddress> servers;
    for (const auto& server : settings.servers) {
        auto address = net::SocketAddress::parse(server, dns_port);
        if (!address || address->is_unix())
            return misconfigured("dns_servers: \"" + escape(server) + "\" is not an address with an optional port");
        servers.push_back(*address);
    }
    if (servers.empty())
        return misconfigured("no name server is configured");
    return std::unique_ptr<StubResolver>(new StubResolver(settings, limits, std::move(servers)));
}

StubResolver::StubResolver(const ResolverSettings& settings, const AnswerLimits& limits,
                           std::vector<net::SocketAddress> servers)
    : settings_(settings), limits_(limits), servers_(std::move(servers)), gate_(settings.max_concurrent)
{
}

Result<Answer> StubResolver::lookup(std::string_view name, Type type, event::Deadline until)
{
    std::string asked = normal_name(name);
    Answer whole;
    whole.name = whole.canonical = asked;
    whole.type = type;
    if (asked.empty() || !encode_name(asked))
        return whole;
    if (!gate_.enter(until))
        return no_answer(asked, type);
    const Inside inside{gate_};
    // A server that does not follow aliases itself leaves the next question to us.
    for (std::size_t followed = 0; followed <= limits_.aliases; ++followed) {
        const auto packet = TRY(ask_all(asked, type, until));
        auto answer = TRY(answer_of(packet, asked, type, limits_));
        answer.secure = answer.secure && settings_.trust_ad && (followed == 0 || whole.secure);
        answer.ttl = followed == 0 ? answer.ttl : std::min(answer.ttl, whole.ttl);
        answer.aliases.insert(answer.aliases.begin(), whole.aliases.begin(), whole.aliases.end());
        answer.name = whole.name;
        whole = std::move(answer);
        if (whole.kind != Answer::Kind::no_such_record || whole.canonical == asked)
            return whole;
        asked = whole.canonical;
        whole.ttl = UINT32_MAX; // only the aliases count so far
        for (const auto& alias : packet.answers)
            whole.ttl = std::min(whole.ttl, alias.ttl);
    }
    return temporary("DNS look-up of " + escape(name) + ": more than " + std::to_string(limits_.aliases) + " aliases");
}

Result<Packet> StubResolver::ask_all(const std::string& name, Type type, event::Deadline until)
{
    std::optional<Error> failed;
    for (std::uint32_t round = 0; round < settings_.rounds; ++round) {
        for (std::size_t n = 0; n < servers_.size(); ++n) {
            const std::size_t index = (first_ + n) % servers_.size();
            const auto wait = until.sooner(event::Deadline::in(Duration{settings_.retransmit_ms}));
            auto packet = ask(servers_[index], name, type, wait, settings_.edns0);
            // RFC 6891 section 7: an old server does not know the option.
            if (packet && settings_.edns0 && (packet->rcode == 1 || packet->rcode == 4))
                packet = ask(servers_[index], name, type, wait, false);
            if (packet && packet->rcode != 2) {
                first_ = index;
                return packet;
            }
            if (packet && servers_.size() == 1)
                return packet; // its SERVFAIL will not change in a moment
            failed = packet ? temporary("DNS look-up of " + escape(name) + " (" + type_name(type) + "): server failure")
                            : packet.error();
            log::debug("resolver", servers_[index].text() + ": " + failed->text);
            if (until.expired())
                return *failed;
        }
    }
    return *failed;
}

Result<Packet> StubResolver::ask(const net::SocketAddress& server, const std::string& name, Type type,
                                 event::Deadline until, bool edns0)
{
    const auto id = static_cast<std::uint16_t>(random_number());
    const auto query = make_query(id, TRY(encode_name(name)), type, edns0);
    auto octets = over_udp(server, query, until);
    if (!octets) {
        if (octets.error().cause == Cause::timeout)
            return no_answer(name, type);
        return std::move(octets).error();
    }
    const auto packet = TRY(read_packet(*octets, limits_.records));
    if (!packet.truncated)
        return packet;
    const auto whole = TRY(over_tcp(server, query, until)); // RFC 7766 section 5
    if (!answers(whole, id, name, type))
        return temporary("DNS look-up of " + escape(name) + ": " + server.text() + " answered another question");
    return read_packet(whole, limits_.records);
}

Result<std::string> StubResolver::over_udp(const net::SocketAddress& server, std::string_view query,
                                           event::Deadline until)
{
    const auto id = static_cast<std::uint16_t>(static_cast<std::uint8_t>(query[0]) << 8 |
                                               static_cast<std::uint8_t>(query[1]));
    std::size_t at = 12;
    const auto name = TRY(read_name(query, at));
    const auto type = static_cast<Type>(static_cast<std::uint8_t>(query[at]) << 8 |
                                        static_cast<std::uint8_t>(query[at + 1]));
    OwnedFd socket{::socket(server.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!socket)
        return system_error("socket");
    sockaddr_storage storage;
    const socklen_t length = server.fill(storage);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0)
        return system_error("name server " + server.text());
    event::FdWatch watch{socket.get()};
    if (::send(socket.get(), query.data(), query.size(), MSG_NOSIGNAL) < 0)
        return system_error("name server " + server.text());
    std::string octets(4096, '\0');
    std::size_t strangers = 0;
    while (strangers < max_strangers) {
        const auto got = ::recv(socket.get(), octets.data(), octets.size(), 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!watch.wait_readable(until))
                return temporary("no answer from name server " + server.text(), Cause::timeout);
            continue;
        }
        if (got < 0)
            return system_error("name server " + server.text());
        if (const std::string_view datagram{octets.data(), static_cast<std::size_t>(got)};
            answers(datagram, id, name, type)) {
            octets.resize(datagram.size());
            return octets;
        }
        ++strangers;
    }
    return temporary("name server " + server.text() + " answers other questions");
}

Result<std::string> StubResolver::over_tcp(const net::SocketAddress& server, std::string_view query,
                                           event::Deadline until)
{
    auto connected = net::connect(server, until);
    if (!connected)
        return temporary("name server " + server.text() + ": " + connected.error().error.text,
                         connected.error().error.cause);
    event::FdStream stream{std::move(connected->socket)};
    std::string framed; // RFC 1035 section 4.2.2
    put_two(framed, static_cast<unsigned>(query.size()));
    framed += query;
    TRY(stream.write(framed, until));
    std::string octets;
    std::size_t wanted = 2;
    while (octets.size() < wanted) {
        char piece[16384];
        const auto got = TRY(stream.read({piece, std::min(sizeof piece, wanted - octets.size())}, until));
        if (got == 0)
            return temporary("name server " + server.text() + " closed the connection", Cause::closed);
        octets.append(piece, got);
        if (octets.size() == 2)
            wanted = 2 + (static_cast<std::size_t>(static_cast<std::uint8_t>(octets[0])) << 8 |
                          static_cast<std::uint8_t>(octets[1]));
        if (wanted > limits_.octets + 2)
            return temporary("name server " + server.text() + ": the answer is too large", Cause::too_big);
    }
    return octets.substr(2);
}

}
