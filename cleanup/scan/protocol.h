// Parsing of foreign formats in the tightest jail: what cleanup does not want to read itself.
//
// The address lists of a header block (RFC 5322 section 3.4), for -t and for the fix-ups of locally originated
// messages; the parts of a MIME message and their content. Every answer is data; a header that does not parse says so and where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"
#include "common/mail/milter.h"
#include "common/mail/mime_part.h"
#include "common/mail/signature.h"

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
    std::string id;                     // of the message
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
        field("id", self.id);
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

// --- MIME -----------------------------------------------------------------------------------------

// A way into the message: these octets, and then, unless it is the last step, what they are when decoded.
struct MimeStep {
    std::uint64_t begin = 0, end = 0;
    std::string encoding; // lower case: "base64"
    static void fields(auto& self, auto&& field)
    {
        field("begin", self.begin);
        field("end", self.end);
        field("encoding", self.encoding);
    }
};

// A part, and where its content is.
struct Part {
    mail::MimePart told;
    std::vector<MimeStep> path;
    static void fields(auto& self, auto&& field)
    {
        field("told", self.told);
        field("path", self.path);
    }
};

struct MimeLimits {
    std::uint32_t parts = 1000, depth = 30;
    std::uint64_t header = 8192;               // octets of one header that count
    std::uint64_t decoded = 64ull * 1024 * 1024; // of attached messages
    static void fields(auto& self, auto&& field)
    {
        field("parts", self.parts);
        field("depth", self.depth);
        field("header", self.header);
        field("decoded", self.decoded);
    }
};

struct DissectReply {
    std::vector<Part> parts;
    std::string exceeded; // the name of the limit that was exceeded: there are more parts than these
    static void fields(auto& self, auto&& field)
    {
        field("parts", self.parts);
        field("exceeded", self.exceeded);
    }
};

// The parts of a message.
struct Dissect {
    static constexpr std::string_view name = "dissect";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 32 * 1024 * 1024;
    using Reply = DissectReply;
    std::string headers;
    std::string body; // of a small message
    ipc::Fd large;    // a memory file with the body of a large one
    std::uint64_t body_size = 0;
    MimeLimits limits;
    static void fields(auto& self, auto&& field)
    {
        field("headers", self.headers);
        field("body", self.body);
        field("large", self.large);
        field("body_size", self.body_size);
        field("limits", self.limits);
    }
};

// One part decoded into a file below the scratch directory, "scan/ID/FILE" of the spool directory.
struct Decode {
    static constexpr std::string_view name = "decode";
    static constexpr std::size_t max_size = 32 * 1024 * 1024;
    using Reply = mail::MimeContent;
    std::string id;
    std::string file;          // its last component; empty: none is written
    std::string body;          // of a small message
    ipc::Fd large;
    std::uint64_t body_size = 0;
    std::vector<MimeStep> path;
    std::uint64_t decode_limit = 64ull * 1024 * 1024;
    std::uint64_t start = 0;   // octets of the content that are wanted in the answer
    bool is_raw = false;       // those octets as they are, not decoded
    std::uint64_t skip = 0;    // of them
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("file", self.file);
        field("body", self.body);
        field("large", self.large);
        field("body_size", self.body_size);
        field("path", self.path);
        field("decode_limit", self.decode_limit);
        field("start", self.start);
        field("is_raw", self.is_raw);
        field("skip", self.skip);
    }
};

// --- DKIM -----------------------------------------------------------------------------------------

struct FindSignaturesReply {
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    std::vector<mail::Signature> signatures;
    std::string trouble; // why none of them is looked at: "EXCESS_SIGS"
    static void fields(auto& self, auto&& field)
    {
        field("signatures", self.signatures);
        field("trouble", self.trouble);
    }
};

// The DKIM signatures of a message, and whether what they say of its body is true.
struct FindSignatures {
    static constexpr std::string_view name = "find_signatures";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 32 * 1024 * 1024;
    using Reply = FindSignaturesReply;
    std::string headers;
    std::string body; // of a small message
    ipc::Fd large;
    std::uint64_t body_size = 0;
    std::uint32_t most = 20;
    static void fields(auto& self, auto&& field)
    {
        field("headers", self.headers);
        field("body", self.body);
        field("large", self.large);
        field("body_size", self.body_size);
        field("most", self.most);
    }
};

// The message has been judged: its files go.
struct ForgetFiles {
    static constexpr std::string_view name = "forget_files";
    std::string id;
    static void fields(auto& self, auto&& field) { field("id", self.id); }
};

// --- milters --------------------------------------------------------------------------------------
//
// cleanup has the connection (router has made it) and says what is to be said; scan speaks the protocol. A conversation
// belongs to the channel on which it was begun.

// An error is our own trouble; what the milter itself did wrong is `failure`, and the conversation is over then.
struct BeginMilterReply {
    std::uint64_t talk = 0; // its number from here on
    std::string failure;
    static void fields(auto& self, auto&& field)
    {
        field("talk", self.talk);
        field("failure", self.failure);
    }
};

struct BeginMilter {
    static constexpr std::string_view name = "begin_milter";
    using Reply = BeginMilterReply;
    ipc::Fd server;
    std::uint32_t command_ms = 30'000, content_ms = 300'000;
    std::uint64_t answer_limit = 10ull * 1024 * 1024;
    std::uint32_t talks_max = 1000; // in this process
    static void fields(auto& self, auto&& field)
    {
        field("server", self.server);
        field("command_ms", self.command_ms);
        field("content_ms", self.content_ms);
        field("answer_limit", self.answer_limit);
        field("talks_max", self.talks_max);
    }
};

// A command of the client. `arguments` as the protocol has them.
struct TellMilterReply {
    mail::MilterVerdict verdict;
    std::string failure;
    static void fields(auto& self, auto&& field)
    {
        field("verdict", self.verdict);
        field("failure", self.failure);
    }
};
struct TellMilter {
    static constexpr std::string_view name = "tell_milter";
    using Reply = TellMilterReply;
    std::uint64_t talk = 0;
    mail::MilterEvent event = mail::MilterEvent::connect;
    std::string arguments;
    std::vector<mail::MilterMacro> macros;
    static void fields(auto& self, auto&& field)
    {
        field("talk", self.talk);
        field("event", self.event);
        field("arguments", self.arguments);
        field("macros", self.macros);
    }
};

struct GiveMilterReply {
    static constexpr std::size_t max_size = 14 * 1024 * 1024;
    mail::MilterVerdict verdict;
    std::vector<mail::MilterChange> changes;
    std::string failure;
    static void fields(auto& self, auto&& field)
    {
        field("verdict", self.verdict);
        field("changes", self.changes);
        field("failure", self.failure);
    }
};

// The message.
struct GiveMilter {
    static constexpr std::string_view name = "give_milter";
    static constexpr std::size_t max_size = 32 * 1024 * 1024;
    using Reply = GiveMilterReply;
    std::uint64_t talk = 0;
    std::string headers; // without our own Received:
    std::string body;    // of a small message
    ipc::Fd large;
    std::uint64_t body_size = 0;
    std::vector<mail::MilterMacro> macros;
    std::uint32_t timeout_ms = 600'000;
    static void fields(auto& self, auto&& field)
    {
        field("talk", self.talk);
        field("headers", self.headers);
        field("body", self.body);
        field("large", self.large);
        field("body_size", self.body_size);
        field("macros", self.macros);
        field("timeout_ms", self.timeout_ms);
    }
};

// No more of this message, or of all: what was said of it is forgotten.
struct EndMilter {
    static constexpr std::string_view name = "end_milter";
    using Reply = ipc::Done;
    std::uint64_t talk = 0;
    bool only_message = false;
    static void fields(auto& self, auto&& field)
    {
        field("talk", self.talk);
        field("only_message", self.only_message);
    }
};

// Who spoke is gone; nobody waits for the milter's farewell.
struct DropMilter {
    static constexpr std::string_view name = "drop_milter";
    std::uint64_t talk = 0;
    static void fields(auto& self, auto&& field) { field("talk", self.talk); }
};

}
