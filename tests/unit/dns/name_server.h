// A name server on the loopback for one test: answers each question with what a function says.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>

#include "common/dns/record.h"
#include "common/event/stream.h"
#include "common/net/address.h"

namespace gp::dns::testing {

// --- building packets ---

inline std::string two(unsigned value)
{
    return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}

inline std::string resource(std::string_view name, Type type, std::uint32_t ttl, const std::string& rdata)
{
    return *encode_name(name) + two(static_cast<unsigned>(type)) + two(1) + two(ttl >> 16) + two(ttl & 0xffff) +
           two(static_cast<unsigned>(rdata.size())) + rdata;
}

inline std::string a_record(std::string_view name, std::string_view address, std::uint32_t ttl = 300)
{
    const auto parsed = *net::Address::parse(address);
    return resource(name, parsed.is_v4() ? Type::a : Type::aaaa, ttl,
                    std::string(parsed.bytes().begin(), parsed.bytes().end()));
}

struct Question {
    std::string id;   // two octets
    std::string name;
    Type type = Type::a;
    bool tcp = false;
    bool edns0 = false;
};

struct Reply {
    unsigned rcode = 0;
    bool ad = false, truncated = false, aa = false;
    std::vector<std::string> answers;     // resource()
    std::vector<std::string> authorities;
    std::string name;      // in the question section; empty: as asked
    bool wrong_id = false;
    bool silent = false;
};

inline std::string packet(const Question& question, const Reply& reply)
{
    const unsigned flags = 0x8180u | (reply.ad ? 0x20u : 0u) | (reply.aa ? 0x400u : 0u) | (reply.truncated ? 0x200u : 0u) | reply.rcode;
    std::string out = reply.wrong_id ? std::string{static_cast<char>(question.id[0] ^ 1), question.id[1]} : question.id;
    out += two(flags) + two(1) + two(static_cast<unsigned>(reply.answers.size())) +
           two(static_cast<unsigned>(reply.authorities.size())) + two(0);
    out += *encode_name(reply.name.empty() ? question.name : reply.name) + two(static_cast<unsigned>(question.type)) + two(1);
    for (const auto& record : reply.answers)
        out += record;
    for (const auto& record : reply.authorities)
        out += record;
    return out;
}

// --- serving them ---

class NameServer {
public:
    using Answering = std::function<std::vector<Reply>(const Question&)>; // several: sent one after the other

    explicit NameServer(Answering answering) : answering_(std::move(answering))
    {
        bind_both();
        watch_ = std::make_unique<event::FdWatch>(udp_.get());
        watch_->on_readable([this] { serve_udp(); });
        listener_ = std::make_unique<event::Listener>(
            tcp_.get(), [this](OwnedFd fd) { serve_tcp(std::make_shared<OwnedFd>(std::move(fd))); }, [](const Error&) {});
    }

    std::string address() const { return address_.text(); }
    std::size_t asked = 0;

private:
    void bind_both()
    {
        for (int attempt = 0; attempt < 50; ++attempt) {
            udp_.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            tcp_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            sockaddr_storage storage;
            auto length = net::SocketAddress{*net::Address::parse("127.0.0.1"), 0}.fill(storage);
            ::bind(udp_.get(), reinterpret_cast<sockaddr*>(&storage), length);
            ::getsockname(udp_.get(), reinterpret_cast<sockaddr*>(&storage), &length);
            if (::bind(tcp_.get(), reinterpret_cast<sockaddr*>(&storage), length) == 0 && ::listen(tcp_.get(), 8) == 0) {
                address_ = *net::SocketAddress::from(reinterpret_cast<sockaddr*>(&storage), length);
                return;
            }
        }
        panic("a port is free for UDP and TCP");
    }

    std::vector<std::string> replies(std::string_view query, bool tcp)
    {
        ++asked;
        std::size_t at = 12;
        Question question{.id = std::string(query.substr(0, 2)), .name = *read_name(query, at)};
        question.type = static_cast<Type>(static_cast<std::uint8_t>(query[at]) << 8 | static_cast<std::uint8_t>(query[at + 1]));
        question.tcp = tcp;
        question.edns0 = query[11] == 1;
        std::vector<std::string> out;
        for (const auto& reply : answering_(question))
            if (!reply.silent)
                out.push_back(packet(question, reply));
        return out;
    }

    void serve_udp()
    {
        char query[1500];
        sockaddr_storage from;
        socklen_t length = sizeof from;
        ssize_t got;
        while ((got = ::recvfrom(udp_.get(), query, sizeof query, 0, reinterpret_cast<sockaddr*>(&from), &length)) > 0)
            for (const auto& reply : replies({query, static_cast<std::size_t>(got)}, false))
                ::sendto(udp_.get(), reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
    }

    void serve_tcp(const std::shared_ptr<OwnedFd>& fd)
    {
        auto started = event::Loop::current().spawn("name server", [this, fd] {
            event::FdStream stream{std::move(*fd)};
            std::string query;
            char piece[1500];
            const auto until = event::Deadline::in(Duration{5000});
            while (query.size() < 2 || query.size() < 2u + static_cast<std::uint8_t>(query[1])) {
                const auto got = stream.read(piece, until);
                if (!got || *got == 0)
                    return;
                query.append(piece, *got);
            }
            for (const auto& reply : replies(std::string_view(query).substr(2), true))
                (void)!stream.write(two(static_cast<unsigned>(reply.size())) + reply, until);
        });
        EXPECT_TRUE(started);
    }

    Answering answering_;
    OwnedFd udp_, tcp_;
    net::SocketAddress address_;
    std::unique_ptr<event::FdWatch> watch_;
    std::unique_ptr<event::Listener> listener_;
};

}
