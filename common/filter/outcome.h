// What a filter asked for: deliveries, replies, and how it ended. Values only; Exim filters and Sieve scripts
// give the same, and whoever ran the filter (the redirect router, qmgr for the system filter, exim -bf) acts
// on it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::filter {

// A message that the filter sends: mail, vacation, Sieve's vacation and notify. Fields that are empty were
// not given.
struct Reply {
    std::string to, cc, bcc, from, reply_to, subject;
    std::string headers;          // complete lines, separated by newlines
    std::string text;
    std::string file;             // its content follows the text …
    bool file_expand = false;     // … each line expanded
    std::string log;              // a line for each message sent
    std::string once;             // memory of who was written to
    std::int64_t once_repeat = 0; // seconds; 0: never again
    bool return_message = false;
    bool is_mime = false;         // `text` has its own MIME headers in `headers`
    bool is_vacation = false;     // by Sieve or the vacation command

    static void fields(auto& self, auto&& field)
    {
        field("to", self.to);
        field("cc", self.cc);
        field("bcc", self.bcc);
        field("from", self.from);
        field("reply_to", self.reply_to);
        field("subject", self.subject);
        field("headers", self.headers);
        field("text", self.text);
        field("file", self.file);
        field("file_expand", self.file_expand);
        field("log", self.log);
        field("once", self.once);
        field("once_repeat", self.once_repeat);
        field("return_message", self.return_message);
        field("is_mime", self.is_mime);
        field("is_vacation", self.is_vacation);
    }
};

struct Action {
    enum class Kind : std::uint8_t { deliver, save, pipe, reply };
    Kind kind = Kind::deliver;
    std::string text;         // the address; the path; the command without its |
    std::string command;      // of a pipe: its words expanded one by one, each quoted
    std::string errors_to;    // of a delivery
    bool has_errors_to = false;
    bool ignores_errors = false; // noerror
    bool is_tainted = false;  // a stranger's words are in the path
    std::uint32_t mode = 0;   // of a file; 0: the transport's
    Reply reply;
    std::string ticket;       // of a user's own filter: by what launcher knows the action again

    static void fields(auto& self, auto&& field)
    {
        field("kind", self.kind);
        field("text", self.text);
        field("command", self.command);
        field("errors_to", self.errors_to);
        field("has_errors_to", self.has_errors_to);
        field("ignores_errors", self.ignores_errors);
        field("is_tainted", self.is_tainted);
        field("mode", self.mode);
        field("reply", self.reply);
        field("ticket", self.ticket);
    }
};
constexpr Action::Kind enum_limit(Action::Kind)
{
    return Action::Kind::reply;
}

// A change that a system filter made to the message's own headers.
struct HeaderEdit {
    bool remove = false;
    std::string text; // complete lines, or a list of names
    static void fields(auto& self, auto&& field)
    {
        field("remove", self.remove);
        field("text", self.text);
    }
};

// The header block that comes of the edits, with LF line ends.
std::string edited(const std::vector<HeaderEdit>& edits, const std::string& headers);

struct Outcome {
    enum class End : std::uint8_t { finished, failed, deferred, frozen };
    End end = End::finished;
    std::string text;              // of fail, defer, freeze: what the sender hears
    std::string log_text;          // the part between << and >>; empty: as text
    bool is_significant = false;   // the filter has taken care of the address
    std::vector<Action> actions;
    std::vector<HeaderEdit> header_edits;
    std::vector<std::int32_t> numbers; // $n0 … $n9

    static void fields(auto& self, auto&& field)
    {
        field("end", self.end);
        field("text", self.text);
        field("log_text", self.log_text);
        field("is_significant", self.is_significant);
        field("actions", self.actions);
        field("header_edits", self.header_edits);
        field("numbers", self.numbers);
    }
};
constexpr Outcome::End enum_limit(Outcome::End)
{
    return Outcome::End::frozen;
}

}
