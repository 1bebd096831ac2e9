// ATRN (RFC 2645): a client that is not always connected turns the connection around, and gets the mail over it that is queued
// for its domains. smtpd asks router, which judges by acl_smtp_atrn and by nothing that smtpd says of it; router asks qmgr, and
// qmgr has remote speak.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"
#include "common/mail/envelope.h"
#include "router/policy_protocol.h"

namespace gp::router {

struct StartAtrnReply {
    AskReply verdict;         // of acl_smtp_atrn; the rest says something when it is to accept
    std::uint32_t code = 250; // of RFC 2645 section 5.2.2: 450, 451, 453
    std::string text;
    std::string log_text;     // our own trouble
    ipc::Fd octets;           // with 250: what is to be carried to the client and back, until one side ends
    std::uint32_t seconds = 0; // how long that may last, with what is under way at the end of BeginAtrn::seconds
    static void fields(auto& self, auto&& field)
    {
        field("verdict", self.verdict);
        field("code", self.code);
        field("text", self.text);
        field("log_text", self.log_text);
        field("octets", self.octets);
        field("seconds", self.seconds);
    }
};

struct StartAtrn {
    static constexpr std::string_view name = "start_atrn";
    using Reply = StartAtrnReply;
    static constexpr std::size_t max_size = Ask::max_size;
    Ask ask; // at the phase atrn; the argument: domains as the client named them, with commas between them
    static void fields(auto& self, auto&& field) { field("ask", self.ask); }
};

// What router asks of qmgr.
struct BeginAtrnReply {
    std::uint32_t code = 250;
    std::string text;
    ipc::Fd octets;
    static void fields(auto& self, auto&& field)
    {
        field("code", self.code);
        field("text", self.text);
        field("octets", self.octets);
    }
};

struct BeginAtrn {
    static constexpr std::string_view name = "begin_atrn";
    using Reply = BeginAtrnReply;
    std::vector<std::string> domains; // lower case
    mail::Origin origin;
    std::uint32_t most = 0;    // of such connections at once
    std::uint32_t seconds = 0; // that one may last; nothing is begun after them
    static void fields(auto& self, auto&& field)
    {
        field("domains", self.domains);
        field("origin", self.origin);
        field("most", self.most);
        field("seconds", self.seconds);
    }
};

}
