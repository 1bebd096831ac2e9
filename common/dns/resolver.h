// Asking the domain name system. A Resolver is used on fibers: lookup() suspends.
//
// UnboundResolver asks real servers; FakeResolver answers from a zone text, for tests. Whoever asks takes
// a Resolver&. The outcomes are kept apart, because mail treats them differently: records, no such name, no
// such record of that name; and as Errors, which must never be taken for a no, "cannot tell now" (SERVFAIL,
// timeout, a bogus signature: Blame::temporary) and "the server will not tell" (REFUSED and the like:
// Blame::permanent, Exim's DNS_FAIL).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/dns/record.h"
#include "common/event/deadline.h"

namespace gp::dns {

// Beyond these an answer is cut (records) or refused (aliases, octets).
struct AnswerLimits {
    std::size_t records = 4096;
    std::size_t aliases = 10; // CNAMEs followed from the name asked
    std::size_t octets = 65535;
};

struct Answer {
    enum class Kind : std::uint8_t { records, no_such_name, no_such_record };
    Kind kind = Kind::no_such_name;
    std::string name;              // the name asked, lower case, without the dot at the end
    std::string canonical;         // after CNAMEs; the same as name without any
    std::vector<std::string> aliases; // the names between, from `name` on, without `canonical`
    Type type = Type::a;
    std::vector<Record> records;   // of the type asked, in the order of the answer; empty unless Kind::records
    bool secure = false;           // validated with DNSSEC, here or (AD) by a server that is trusted to
    std::uint32_t ttl = 0;         // seconds for which this answer, also a negative one, holds

    bool found() const { return kind == Kind::records; }

    // The data of all records of one kind: answer.all<MailExchanger>().
    template <class T>
    std::vector<T> all() const
    {
        std::vector<T> out;
        for (const auto& record : records)
            if (const auto* data = record.template as<T>())
                out.push_back(*data);
        return out;
    }
    std::vector<net::Address> addresses() const;
    // The name asked as the server completed it, before any alias.
    const std::string& owner() const { return aliases.empty() ? canonical : aliases.front(); }
};

// What a packet says about the question: aliases followed, records of other names and types left out. A
// server may have completed a name of one label ("mail" answered as "mail.example.org").
Result<Answer> answer_of(const Packet& packet, std::string_view name, Type type, const AnswerLimits& limits);
std::string normal_name(std::string_view name); // lower case, without the dot at the end

class Resolver {
public:
    virtual ~Resolver() = default;

    // Must be called on a fiber. A name that cannot be a domain name (too long, empty labels) does not exist:
    // Kind::no_such_name. A timeout has cause timeout.
    virtual Result<Answer> lookup(std::string_view name, Type type, event::Deadline until) = 0;
};

// A and AAAA of a host in one call, IPv4 first unless prefer_v6; duplicates gone. no_such_name only when
// both say so; an error when one failed and the other has nothing.
struct HostAddresses {
    Answer::Kind kind = Answer::Kind::no_such_name;
    std::string owner;     // the name asked as the server completed it
    std::string canonical;
    std::vector<net::Address> addresses;
    bool secure = false; // all that was used
    std::uint32_t ttl = 0;
};
enum class Families : std::uint8_t { both, v4_only, v6_only };
Result<HostAddresses> lookup_host(Resolver& resolver, std::string_view name, event::Deadline until,
                                  Families families = Families::both, bool prefer_v6 = false);

}
