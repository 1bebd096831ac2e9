// router asks remote to call the hosts of an address: would they take mail for it (manual 44.46)? Nothing is
// delivered. One question is one fiber of remote, bounded by its own times and by connections_max.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/ipc/message.h"
#include "router/routing_protocol.h"

namespace gp::remote {

// What a host said of one thing.
enum class Learnt : std::uint8_t { unknown, yes, no };
constexpr Learnt enum_limit(Learnt)
{
    return Learnt::no;
}

struct CalloutReply {
    // Where it was decided, when it was refused.
    enum class At : std::uint8_t { connection, mail, rcpt, postmaster };
    Learnt verdict = Learnt::unknown; // unknown: no host could tell now
    At refused_at = At::rcpt;
    // Each as far as it was asked.
    Learnt mail = Learnt::unknown, random = Learnt::unknown, address = Learnt::unknown, postmaster = Learnt::unknown;
    std::string host_name, host_address;      // the last one that was called
    std::string sent, response;               // of a refusal; lines separated by \n
    std::string log_text;                     // of a refusal, or why nobody could tell
    ipc::Fd held;                             // with hold or cut: the connection, for a message to follow (cut_protocol.h)
    static void fields(auto& self, auto&& field)
    {
        field("verdict", self.verdict);
        field("refused_at", self.refused_at);
        field("mail", self.mail);
        field("random", self.random);
        field("address", self.address);
        field("postmaster", self.postmaster);
        field("host_name", self.host_name);
        field("host_address", self.host_address);
        field("sent", self.sent);
        field("response", self.response);
        field("log_text", self.log_text);
        field("held", self.held);
    }
};
constexpr CalloutReply::At enum_limit(CalloutReply::At)
{
    return CalloutReply::At::postmaster;
}

struct Callout {
    static constexpr std::string_view name = "callout";
    static constexpr std::size_t max_size = 4 * 1024 * 1024;
    using Reply = CalloutReply;
    router::Delivery instruction;       // of the address: hosts, and the transport's options
    std::string sender;                 // of MAIL
    std::string random;                 // an address that cannot exist, asked about first; empty: not
    bool postmaster = false;            // asked about, too
    bool bare_postmaster = false;       // without a domain when it is refused with one
    std::string postmaster_sender;      // of MAIL then
    bool hold = false;                  // the connection waits for what comes next
    bool cut = false;                   // it is for a message that is coming in, and for nothing else
    bool smtputf8 = false;
    bool eight_bit = false;             // BODY=8BITMIME of the message that may follow
    bool requires_tls = false;          // it has REQUIRETLS: a host that is not fit for it hears nothing of it
    std::uint32_t timeout_ms = 30'000;  // for each answer
    std::uint32_t connect_ms = 30'000;
    std::uint32_t maxwait_ms = 120'000; // no host is begun with after this
    static void fields(auto& self, auto&& field)
    {
        field("instruction", self.instruction);
        field("sender", self.sender);
        field("random", self.random);
        field("postmaster", self.postmaster);
        field("bare_postmaster", self.bare_postmaster);
        field("postmaster_sender", self.postmaster_sender);
        field("hold", self.hold);
        field("cut", self.cut);
        field("smtputf8", self.smtputf8);
        field("eight_bit", self.eight_bit);
        field("requires_tls", self.requires_tls);
        field("timeout_ms", self.timeout_ms);
        field("connect_ms", self.connect_ms);
        field("maxwait_ms", self.maxwait_ms);
    }
};

}
