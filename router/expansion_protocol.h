// What a text of the configuration says for a message or a connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"

namespace gp::router {

// One option of a transport, expanded. The agent that gets it expands nothing.
struct Option {
    std::string name, value;
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("value", self.value);
    }
};

// "What does this text say for this message?" For options that depend on the message or the connection
// (received_header_text, hosts_require_tls …), by reference into the configuration: no text of the
// asker is ever expanded.
struct Expanded {
    std::string text;
    bool forced_failure = false;
    static void fields(auto& self, auto&& field)
    {
        field("text", self.text);
        field("forced_failure", self.forced_failure);
    }
};
// Among the facts, with the options bounce_message_file and warn_message_file: the number of the item that is wanted.
inline constexpr std::string_view template_item_fact = "template_item";
struct ExpandOption {
    static constexpr std::string_view name = "expand_option";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 4 * 1024 * 1024;
    using Reply = Expanded;
    std::string section;  // "main", "transports"
    std::string instance; // of a driver; empty for main
    std::string option;
    std::string message_id;
    mail::Origin origin;
    std::string sender;
    std::vector<std::string> recipients;
    std::vector<mail::Variable> variables;
    std::string headers;
    std::uint64_t size = 0;
    std::vector<Option> facts; // variables of the asker's side: "host", "host_address", "tls_out_cipher" …
    static void fields(auto& self, auto&& field)
    {
        field("section", self.section);
        field("instance", self.instance);
        field("option", self.option);
        field("message_id", self.message_id);
        field("origin", self.origin);
        field("sender", self.sender);
        field("recipients", self.recipients);
        field("variables", self.variables);
        field("headers", self.headers);
        field("size", self.size);
        field("facts", self.facts);
    }
};

}
