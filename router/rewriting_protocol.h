// Addresses and headers as the rewrite section wants them (manual chapter 31).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"

namespace gp::router {

// A header of the message that is another one in this copy: headers_rewrite, domains that got their whole name.
// `before` is the header's whole text with its line ends.
struct HeaderChange {
    std::string before, after;
    static void fields(auto& self, auto&& field)
    {
        field("before", self.before);
        field("after", self.after);
    }
};

struct Rewritten {
    std::string sender;
    std::vector<std::string> recipients; // one for each that was asked
    std::vector<HeaderChange> headers;   // those that changed
    static void fields(auto& self, auto&& field)
    {
        field("sender", self.sender);
        field("recipients", self.recipients);
        field("headers", self.headers);
    }
};

// "What do the rewriting rules make of this message?" (manual 31). Asked by cleanup once the headers are there;
// router writes what was done to the log.
struct Rewrite {
    static constexpr std::string_view name = "rewrite";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = Rewritten;
    std::string message_id;
    mail::Origin origin;
    std::vector<mail::Variable> variables;
    std::string sender;
    std::vector<std::string> recipients;
    std::string headers; // CRLF lines
    static void fields(auto& self, auto&& field)
    {
        field("message_id", self.message_id);
        field("origin", self.origin);
        field("variables", self.variables);
        field("sender", self.sender);
        field("recipients", self.recipients);
        field("headers", self.headers);
    }
};

}
