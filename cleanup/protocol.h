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
#include "common/mail/header_list.h"
#include "common/mail/milter.h"
#include "router/policy_protocol.h"

namespace gp::cleanup {

inline constexpr std::size_t part_size = 64 * 1024; // octets of one Part at most

// The headers are too long: which limit, and how much it is.
struct HeadTrouble {
    mail::Overlong why = mail::Overlong::no;
    std::uint64_t limit = 0;
    static void fields(auto& self, auto&& field)
    {
        field("why", self.why);
        field("limit", self.limit);
    }
};

// When there is trouble no more Parts are wanted: the message is refused.
struct PartReply {
    HeadTrouble trouble;
    static void fields(auto& self, auto&& field) { field("trouble", self.trouble); }
};

// The next octets of a message: as on the wire, CRLF line ends, dots already unstuffed.
struct Part {
    static constexpr std::string_view name = "part";
    static constexpr std::size_t max_size = part_size + 1024;
    using Reply = PartReply;
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
    unheard,   // the client is gone (StillThere): say nothing, nothing is kept
};
constexpr Taken enum_limit(Taken)
{
    return Taken::unheard;
}

// What a client that wants PRDR hears of one recipient, in the order of RCPT.
struct RecipientReply {
    std::uint32_t code = 250;
    std::string enhanced, text;
    static void fields(auto& self, auto&& field)
    {
        field("code", self.code);
        field("enhanced", self.enhanced);
        field("text", self.text);
    }
};

struct SubmitReply {
    Taken taken = Taken::refused;
    std::uint32_t code = 0;  // SMTP reply code when refused, 0 for 250
    std::string enhanced;
    std::string text;        // reply text; lines separated by \n
    std::string log_text;    // for the reject log; empty: nothing more than `text`; committed: the "<=" line
    std::string first_text;     // AskReply::first_text
    std::string first_log_text;
    std::string headers;     // for the reject log, when refused
    std::vector<std::uint32_t> old_headers; // which of these, from 0, an edited one behind them has replaced
    std::vector<std::string> recipients; // of a refused message, for the reject log: the first of them, as they came out
    HeadTrouble trouble;     // why it is refused, for the log
    router::PolicyState state; // connection variables and the like go on living
    std::vector<RecipientReply> each; // of PRDR, before this one
    std::string judged_at;     // how the log calls the point of the refusal; empty: "after DATA"
    bool drop = false;         // refused, and the connection is to be closed
    bool is_trouble = false;   // refused for now and not for what it is (our own trouble, a milter that is not there): who
                               // has it still tries again. What policy defers is a 4xx without this.
    std::uint32_t log_targets = mail::log_to_main | mail::log_to_reject; // of the refusal
    std::string waits;         // taken, and not delivered at once: why, for the log
    std::vector<std::string> bad_addresses; // of -t: why these of the header got nothing
    // Refused by the host that the message was cut through to: `text` is the host's own, and these are the recipients, as
    // the log has them.
    bool is_verbatim = false;
    std::vector<std::string> about;
    static void fields(auto& self, auto&& field)
    {
        field("taken", self.taken);
        field("code", self.code);
        field("enhanced", self.enhanced);
        field("text", self.text);
        field("log_text", self.log_text);
        field("first_text", self.first_text);
        field("first_log_text", self.first_log_text);
        field("headers", self.headers);
        field("old_headers", self.old_headers);
        field("recipients", self.recipients);
        field("trouble", self.trouble);
        field("state", self.state);
        field("each", self.each);
        field("judged_at", self.judged_at);
        field("drop", self.drop);
        field("is_trouble", self.is_trouble);
        field("log_targets", self.log_targets);
        field("waits", self.waits);
        field("bad_addresses", self.bad_addresses);
        field("is_verbatim", self.is_verbatim);
        field("about", self.about);
    }
};

// The refusal of a message whose headers are too long (header_maxsize, header_line_maxsize).
inline SubmitReply refusal_of(const HeadTrouble& trouble)
{
    SubmitReply out;
    out.code = 552;
    out.enhanced = "5.3.4";
    out.text = mail::overlong_text(trouble.why);
    out.trouble = trouble;
    return out;
}

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
    bool prdr = false;        // the client wants a reply for each recipient
    bool by_chunks = false;   // it came by BDAT: K in the log
    bool may_pipeline = false, pipelined = false; // the client was offered PIPELINING, and used it: L in the log
    std::uint64_t milter_session = 0; // MilterQuestion::session of the same channel; 0: none
    std::uint64_t offset = 0; // of `octets`: how much went ahead in Parts
    std::string octets;       // the last, or all, octets
    ipc::Fd cut;              // router::AskReply::cut: goes out over this connection before it is answered
    bool is_refused = false;  // by its sender already: its headers are completed for the reject log, and that is all
    std::string discarded_by;  // "MAIL" or "RCPT": that ACL threw all recipients away. The log has its arrival, and nothing
                               // is judged or kept
    bool asks_before_commit = false; // StillThere
    bool deliver_now = false; // mua_wrapper: carried to its host while the asker waits, and never in the spool; `committed` then
                              // says that the host has it, and a refusal is final, whatever its code
    static void fields(auto& self, auto&& field)
    {
        field("envelope", self.envelope);
        field("state", self.state);
        field("local", self.local);
        field("prdr", self.prdr);
        field("by_chunks", self.by_chunks);
        field("may_pipeline", self.may_pipeline);
        field("pipelined", self.pipelined);
        field("milter_session", self.milter_session);
        field("offset", self.offset);
        field("octets", self.octets);
        field("cut", self.cut);
        field("is_refused", self.is_refused);
        field("discarded_by", self.discarded_by);
        field("asks_before_commit", self.asks_before_commit);
        field("deliver_now", self.deliver_now);
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

// "What is in this part of the message?" Asked by router, too, for the conditions decode, mime_regex and regex.
struct Unpack {
    static constexpr std::string_view name = "unpack";
    static constexpr std::uint64_t most_start = 256 * 1024;
    static constexpr std::size_t max_size = most_start + 64 * 1024;
    using Reply = mail::MimeContent;
    std::string id;
    std::int32_t part = -1;  // as it stood in the question; -1: the whole message, as it is
    std::string file;        // to decode it into
    std::uint64_t start = 0; // octets that are wanted in the answer …
    std::uint64_t skip = 0;  // … from here on, of what is not decoded
    bool is_raw = false;
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("part", self.part);
        field("file", self.file);
        field("start", self.start);
        field("skip", self.skip);
        field("is_raw", self.is_raw);
    }
};

// Asked of the one who submits, when all is judged and before it is committed: "does its client still wait for our
// answer?" Who is gone would not hear that we have the message, and would send it again.
struct StillThereReply {
    bool is_there = true;
    static void fields(auto& self, auto&& field) { field("is_there", self.is_there); }
};
struct StillThere {
    static constexpr std::string_view name = "still_there";
    using Reply = StillThereReply;
    std::string id;
    static void fields(auto& self, auto&& field) { field("id", self.id); }
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

// What smtpd tells the milters of a session, before there is a message: one question for each command that was
// accepted so far. A session stays with one process of cleanup; the message that follows (Submit::milter_session) must
// come to the same one.
struct MilterAnswer {
    mail::MilterVerdict verdict; // go_on, or a refusal: what else a milter may say is kept until the message comes
    std::string milter;          // who refuses
    static void fields(auto& self, auto&& field)
    {
        field("verdict", self.verdict);
        field("milter", self.milter);
    }
};

struct MilterQuestion {
    static constexpr std::string_view name = "milter_question";
    using Reply = MilterAnswer;
    std::uint64_t session = 0;  // the asker's number
    std::uint32_t set = 0;      // Parameters::milter_sets, from 1
    mail::MilterEvent event = mail::MilterEvent::connect;
    mail::Origin origin;
    std::string argument;                // HELO's name, an address, the line that nobody knows
    std::vector<std::string> parameters; // of MAIL and RCPT: "SIZE=100"
    static void fields(auto& self, auto&& field)
    {
        field("session", self.session);
        field("set", self.set);
        field("event", self.event);
        field("origin", self.origin);
        field("argument", self.argument);
        field("parameters", self.parameters);
    }
};

// The client has reset its message, or is gone.
struct EndMilters {
    static constexpr std::string_view name = "end_milters";
    using Reply = ipc::Done;
    std::uint64_t session = 0;
    bool only_message = false;
    static void fields(auto& self, auto&& field)
    {
        field("session", self.session);
        field("only_message", self.only_message);
    }
};

}
