// Parsing of foreign formats in the tightest jail: what cleanup does not want to read itself.
//
// Today: the address lists of a header block (RFC 5322 section 3.4), for -t and for the fix-ups of
// locally originated messages. Every answer is data; a header that does not parse says so and where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"

namespace gp::scan {

struct Found {
    std::uint32_t header = 0;   // index into Addresses::headers
    std::uint64_t begin = 0;    // of the address within that header's text, for qualifying and rewriting in place
    std::uint64_t end = 0;
    std::string address;        // as the envelope would have it
    bool has_domain = false;
    std::string error;          // not empty: this item is no address
    static void fields(auto& self, auto&& field)
    {
        field("header", self.header);
        field("begin", self.begin);
        field("end", self.end);
        field("address", self.address);
        field("has_domain", self.has_domain);
        field("error", self.error);
    }
};

struct AddressesReply {
    std::vector<Found> found;
    bool too_many = false;
    static void fields(auto& self, auto&& field)
    {
        field("found", self.found);
        field("too_many", self.too_many);
    }
};

// The addresses in the bodies of these headers (the text after the colon, unfolded or not).
struct Addresses {
    static constexpr std::string_view name = "addresses";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = AddressesReply;
    std::vector<std::string> headers;
    std::uint64_t limit = 100'000;
    bool strip_excess_angle_brackets = false;
    bool strip_trailing_dot = false;
    bool allow_utf8_domains = false;
    static void fields(auto& self, auto&& field)
    {
        field("headers", self.headers);
        field("limit", self.limit);
        field("strip_excess_angle_brackets", self.strip_excess_angle_brackets);
        field("strip_trailing_dot", self.strip_trailing_dot);
        field("allow_utf8_domains", self.allow_utf8_domains);
    }
};

struct Discovery {
    std::string name, value;
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("value", self.value);
    }
};
struct ExamineReply {
    std::vector<Discovery> findings;
    static void fields(auto& self, auto&& field) { field("findings", self.findings); }
};

// A message for a scanner that is connected already.
struct Examine {
    static constexpr std::string_view name = "examine";
    static constexpr std::size_t max_size = 32 * 1024 * 1024;
    using Reply = ExamineReply;
    std::string scanner;                // "clamd"
    std::vector<std::string> arguments;
    ipc::Fd server;
    std::string headers;                // with the empty line
    std::string body;                   // of a small message
    ipc::Fd large;                      // a memory file with the body of a large one
    std::uint64_t body_size = 0;
    std::uint32_t timeout_ms = 120'000;
    std::uint64_t answer_limit = 256 * 1024;
    static void fields(auto& self, auto&& field)
    {
        field("scanner", self.scanner);
        field("arguments", self.arguments);
        field("server", self.server);
        field("headers", self.headers);
        field("body", self.body);
        field("large", self.large);
        field("body_size", self.body_size);
        field("timeout_ms", self.timeout_ms);
        field("answer_limit", self.answer_limit);
    }
};

}
