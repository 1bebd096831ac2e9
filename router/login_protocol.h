// Who somebody is: a client that logs in here, we ourselves at another host, a local process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"
#include "common/mail/policy_state.h"
#include "router/expansion_protocol.h"

namespace gp::router {

// --- authentication -----------------------------------------------------------------------------

struct AuthReply {
    std::uint32_t code = 0;    // 334: `text` is a challenge in base64, and the exchange goes on
    std::string enhanced, text;
    std::uint64_t exchange = 0; // of the next step
    bool is_accepted = false;
    bool is_failure = false;    // wrong credentials, as opposed to a broken exchange
    std::string authenticator, authenticated_id;
    std::string failed_id;      // $authenticated_fail_id
    std::string log_text;       // of a refusal: "535 Incorrect authentication data (set_id=joe)"
    std::uint32_t delay_ms = 0;
    std::string proof;          // when accepted: for the switches of the session's state; empty: none is given
    static void fields(auto& self, auto&& field)
    {
        field("code", self.code);
        field("enhanced", self.enhanced);
        field("text", self.text);
        field("exchange", self.exchange);
        field("is_accepted", self.is_accepted);
        field("is_failure", self.is_failure);
        field("authenticator", self.authenticator);
        field("authenticated_id", self.authenticated_id);
        field("failed_id", self.failed_id);
        field("log_text", self.log_text);
        field("delay_ms", self.delay_ms);
        field("proof", self.proof);
    }
};

// "Who is this?" AUTH of a client, step by step; all steps of one exchange are asked of one process.
struct Auth {
    static constexpr std::string_view name = "auth";
    using Reply = AuthReply;
    mail::Origin origin;
    std::string mechanism;      // as the client named it
    std::uint64_t exchange = 0; // 0: the first step
    bool has_data = false;
    std::string data;           // base64, as it came
    std::uint32_t failures = 0; // of this session before
    mail::PolicyState state;
    std::vector<Option> bindings; // of the first step, in TLS: "tls-exporter" and its octets (tls::ChannelBinding)
    static void fields(auto& self, auto&& field)
    {
        field("origin", self.origin);
        field("mechanism", self.mechanism);
        field("exchange", self.exchange);
        field("has_data", self.has_data);
        field("data", self.data);
        field("failures", self.failures);
        field("state", self.state);
        field("bindings", self.bindings);
    }
};

// --- our own logins -----------------------------------------------------------------------------

struct LoginReply {
    enum class Kind : std::uint8_t { none, send, cancel, fail };
    Kind kind = Kind::none;     // none: no authenticator is left
    std::string authenticator, mechanism, set_id;
    bool has_data = false;
    std::string data;           // base64, for the server
    std::string why;            // of cancel and fail
    std::uint64_t exchange = 0;
    std::uint32_t next = 0;     // which authenticator is the next one to be tried
    bool is_convinced = true;   // the server may say 235 now
    static void fields(auto& self, auto&& field)
    {
        field("kind", self.kind);
        field("authenticator", self.authenticator);
        field("mechanism", self.mechanism);
        field("set_id", self.set_id);
        field("has_data", self.has_data);
        field("data", self.data);
        field("why", self.why);
        field("exchange", self.exchange);
        field("next", self.next);
        field("is_convinced", self.is_convinced);
    }
};
constexpr LoginReply::Kind enum_limit(LoginReply::Kind)
{
    return LoginReply::Kind::fail;
}

// "How do I log in at this host?" Asked by remote; secrets stay here, the data that goes out is the answer.
struct Login {
    static constexpr std::string_view name = "login";
    using Reply = LoginReply;
    std::vector<std::string> offered; // mechanisms of the server
    std::uint32_t from = 0;           // authenticators before this one were tried
    std::uint64_t exchange = 0;       // 0: the first step
    std::string challenge;            // base64, as the server said it
    std::string message_id, sender;
    mail::Origin origin;
    std::vector<mail::Variable> variables;
    std::vector<Option> facts;        // "host", "host_address", "tls_out_cipher" …
    std::vector<Option> bindings;     // of the first step, in TLS: what the login can be bound to
    static void fields(auto& self, auto&& field)
    {
        field("offered", self.offered);
        field("from", self.from);
        field("exchange", self.exchange);
        field("challenge", self.challenge);
        field("message_id", self.message_id);
        field("sender", self.sender);
        field("origin", self.origin);
        field("variables", self.variables);
        field("facts", self.facts);
        field("bindings", self.bindings);
    }
};

// --- local callers ------------------------------------------------------------------------------

// A local user as the configuration sees them (manual 5.2; gecos_name, unknown_login).
struct CallerReply {
    std::string login;
    std::string full_name;      // from the password entry, by gecos_pattern and gecos_name
    std::string home;
    std::uint32_t gid = 0;      // as asked, or the user's own
    bool trusted = false;       // trusted_users, trusted_groups, root, the instance's owner
    bool admin = false;         // admin_groups, root, the instance's owner
    bool may_set_sender = false; // untrusted_set_sender allows `sender`
    bool has_from_line = false;  // `from_line` is one by uucp_from_pattern …
    std::string from_sender;     // … and uucp_from_sender makes this of it
    static void fields(auto& self, auto&& field)
    {
        field("login", self.login);
        field("full_name", self.full_name);
        field("home", self.home);
        field("gid", self.gid);
        field("trusted", self.trusted);
        field("admin", self.admin);
        field("may_set_sender", self.may_set_sender);
        field("has_from_line", self.has_from_line);
        field("from_sender", self.from_sender);
    }
};

// "Who is this local process, and what may it say?" Asked by submit, smtpd (local SMTP) and qmgr; the ids
// come from SO_PEERCRED and SO_PEERGROUPS.
struct Caller {
    static constexpr std::string_view name = "caller";
    static constexpr bool repeatable = true;
    using Reply = CallerReply;
    static constexpr std::uint32_t own_groups = UINT32_MAX; // for `gid`: those of the user in the password file
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> groups;
    std::string sender; // wanted by -f; empty: not asked
    std::string from_line; // before the message, "From …"; empty: there is none
    static void fields(auto& self, auto&& field)
    {
        field("uid", self.uid);
        field("gid", self.gid);
        field("groups", self.groups);
        field("sender", self.sender);
        field("from_line", self.from_line);
    }
};

}
