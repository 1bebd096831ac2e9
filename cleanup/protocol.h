// How a message enters: smtpd, submit and bounce hand it to cleanup.
//
// A small message is one frame (Submit with all its octets). A larger one is sent ahead in Parts, one
// outstanding at a time, and ends with Submit. The asker makes the message id, so that after the death
// of a cleanup process it can ask another one whether the message is ours already (Settled).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"
#include "common/mail/envelope.h"
#include "router/policy_protocol.h"

namespace gp::cleanup {

inline constexpr std::size_t part_size = 64 * 1024; // octets of one Part at most

// The next octets of a message: as on the wire, CRLF line ends, dots already unstuffed.
struct Part {
    static constexpr std::string_view name = "part";
    static constexpr std::size_t max_size = part_size + 1024;
    using Reply = ipc::Done;
    std::string id;
    std::uint64_t offset = 0; // of these octets; out of order is an error
    std::string octets;
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("offset", self.offset);
        field("octets", self.octets);
    }
};

enum class Taken : std::uint8_t {
    committed, // on stable storage: say 250
    refused,   // policy or a limit said no: `code`, `text`
    discarded, // say 250, keep nothing
};
constexpr Taken enum_limit(Taken)
{
    return Taken::discarded;
}

struct SubmitReply {
    Taken taken = Taken::refused;
    std::uint32_t code = 0;  // SMTP reply code when refused, 0 for 250
    std::string enhanced;
    std::string text;        // reply text; lines separated by \n
    std::string log_text;    // for the reject log; empty: nothing more than `text`; committed: the "<=" line
    std::string headers;     // as received, for the reject log, when refused
    router::PolicyState state; // connection variables and the like go on living
    bool drop = false;         // refused, and the connection is to be closed
    std::vector<std::string> bad_addresses; // of -t: why these of the header got nothing
    static void fields(auto& self, auto&& field)
    {
        field("taken", self.taken);
        field("code", self.code);
        field("enhanced", self.enhanced);
        field("text", self.text);
        field("log_text", self.log_text);
        field("headers", self.headers);
        field("state", self.state);
        field("drop", self.drop);
        field("bad_addresses", self.bad_addresses);
    }
};

// What a local program asked for on its command line (manual chapter 5.3), beyond the envelope.
struct LocalOptions {
    bool extract_recipients = false;     // -t: recipients from To, Cc, Bcc
    std::vector<std::string> arguments;  // -t: addresses on the command line, removed or added (manual, extract_addresses_remove_arguments)
    std::string full_name;               // -F
    bool sender_given = false;           // -f, by someone who may
    bool skip_bad_addresses = false;     // -t: the good ones get the message, the caller is told of the others
    std::uint32_t notify = 0;            // -N: what RFC 3461 calls NOTIFY, for recipients of the header
    static void fields(auto& self, auto&& field)
    {
        field("extract_recipients", self.extract_recipients);
        field("arguments", self.arguments);
        field("full_name", self.full_name);
        field("sender_given", self.sender_given);
        field("skip_bad_addresses", self.skip_bad_addresses);
        field("notify", self.notify);
    }
};

// The end of the message: judge it, complete its headers, commit it.
struct Submit {
    static constexpr std::string_view name = "submit";
    static constexpr std::size_t max_size = 8 * 1024 * 1024; // 50,000 recipients fit
    using Reply = SubmitReply;
    mail::Envelope envelope;
    router::PolicyState state;
    LocalOptions local;
    std::uint64_t offset = 0; // of `octets`: how much went ahead in Parts
    std::string octets;       // the last, or all, octets
    static void fields(auto& self, auto&& field)
    {
        field("envelope", self.envelope);
        field("state", self.state);
        field("local", self.local);
        field("offset", self.offset);
        field("octets", self.octets);
    }
};

// "Have this message examined." Asked by router while we wait for its verdict on the message; the connection to
// the scanner comes with it.
struct Finding {
    std::string name, value;
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("value", self.value);
    }
};
struct InspectReply {
    std::vector<Finding> findings;
    static void fields(auto& self, auto&& field) { field("findings", self.findings); }
};
struct Inspect {
    static constexpr std::string_view name = "inspect";
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = InspectReply;
    std::string id;
    std::string scanner;
    std::vector<std::string> arguments;
    ipc::Fd server;
    std::uint32_t timeout_ms = 120'000;
    std::uint64_t answer_limit = 256 * 1024;
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("scanner", self.scanner);
        field("arguments", self.arguments);
        field("server", self.server);
        field("timeout_ms", self.timeout_ms);
        field("answer_limit", self.answer_limit);
    }
};

// The client went away or reset: forget what came in Parts.
struct Abandon {
    static constexpr std::string_view name = "abandon";
    std::string id;
    static void fields(auto& self, auto&& field) { field("id", self.id); }
};

// May mail come in now, and how much? Told to an smtpd that has sent WatchRoom, each time it changes.
struct Room {
    static constexpr std::string_view name = "room";
    bool accepting = true;
    std::uint64_t free_octets = ~std::uint64_t{0}; // of the spool's file system
    static void fields(auto& self, auto&& field)
    {
        field("accepting", self.accepting);
        field("free_octets", self.free_octets);
    }
};
struct WatchRoom {
    static constexpr std::string_view name = "watch_room";
    static constexpr bool repeatable = true;
    using Reply = Room;
    static void fields(auto&, auto&&) {}
};

// After a lost cleanup process: "is this message committed?" A no is final: a commit of this id that is
// still on its way will be refused.
struct SettledReply {
    bool committed = false;
    static void fields(auto& self, auto&& field) { field("committed", self.committed); }
};
struct Settled {
    static constexpr std::string_view name = "settled";
    static constexpr bool repeatable = true;
    using Reply = SettledReply;
    std::string id;
    static void fields(auto& self, auto&& field) { field("id", self.id); }
};

}
