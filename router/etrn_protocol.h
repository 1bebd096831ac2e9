// What others ask of router because it alone may: what ETRN of a client starts that policy has let in (RFC 1985, manual
// 47.8), and connections to milters.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/ipc/message.h"
#include "common/mail/envelope.h"
#include "common/mail/policy_state.h"

namespace gp::router {

struct StartEtrnReply {
    std::uint32_t code = 250; // 501: a syntax error
    std::string text;
    std::string log_text;     // our own trouble
    static void fields(auto& self, auto&& field)
    {
        field("code", self.code);
        field("text", self.text);
        field("log_text", self.log_text);
    }
};
struct StartEtrn {
    static constexpr std::string_view name = "start_etrn";
    using Reply = StartEtrnReply;
    std::string argument;
    mail::Origin origin;
    mail::PolicyState state;
    static void fields(auto& self, auto&& field)
    {
        field("argument", self.argument);
        field("origin", self.origin);
        field("state", self.state);
    }
};

// What router asks of qmgr: a queue run, or to keep what must not run twice at once (smtp_etrn_serialize), for of
// routers there are several.
struct BeginEtrnReply {
    bool is_begun = false; // false: the same is running
    static void fields(auto& self, auto&& field) { field("is_begun", self.is_begun); }
};
struct BeginEtrn {
    static constexpr std::string_view name = "begin_etrn";
    using Reply = BeginEtrnReply;
    std::string key;       // what may run once at a time; empty: as often as it is asked for
    std::string recipient; // of a queue run, as of -R; empty: none, router runs a command until EndEtrn
    static void fields(auto& self, auto&& field)
    {
        field("key", self.key);
        field("recipient", self.recipient);
    }
};
struct EndEtrn {
    static constexpr std::string_view name = "end_etrn";
    std::string key;
    static void fields(auto& self, auto&& field) { field("key", self.key); }
};

// "How many messages are queued?" ($queue_size) Asked of qmgr by router.
struct CountQueueReply {
    std::uint64_t messages = 0;
    static void fields(auto& self, auto&& field) { field("messages", self.messages); }
};
struct CountQueue {
    static constexpr std::string_view name = "count_queue";
    static constexpr bool repeatable = true;
    using Reply = CountQueueReply;
    static void fields(auto&, auto&&) {}
};

// "Connect to this milter." Asked by cleanup, which hands the connection to scan; only what the configuration names is
// connected to.
struct OpenMilterReply {
    ipc::Fd server;
    std::string failure; // why it cannot be reached; an error is our own trouble
    static void fields(auto& self, auto&& field)
    {
        field("server", self.server);
        field("failure", self.failure);
    }
};

struct OpenMilter {
    static constexpr std::string_view name = "open_milter";
    static constexpr bool repeatable = true;
    using Reply = OpenMilterReply;
    std::string place; // "inet:127.0.0.1:8891"
    std::uint32_t timeout_ms = 30'000;
    static void fields(auto& self, auto&& field)
    {
        field("place", self.place);
        field("timeout_ms", self.timeout_ms);
    }
};

}
