// One message on its way through the stages: what came, what it becomes, and whom to ask.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cleanup/arrival_line.h"
#include "cleanup/parameters.h"
#include "cleanup/protocol.h"
#include "cleanup/scan/protocol.h"
#include "common/base/clock.h"
#include "common/ipc/link.h"
#include "common/mail/envelope.h"
#include "common/mail/header_list.h"
#include "common/mail/notes.h"

namespace gp::cleanup {

class Inspections;
class Letter;
class MilterSession;

struct Services {
    ipc::Link& router;
    ipc::Link& spoold;
    ipc::Link& scan;
    Inspections* inspections = nullptr; // null: nothing is scanned
    ipc::Link* remote = nullptr;        // null: no mua_wrapper
};

// What policy asked for in words (control = …), read once.
struct Controls {
    bool submission = false;
    bool submission_sender_retain = false;
    std::optional<std::string> submission_domain; // engaged and empty: the id is a whole address
    std::string submission_name;
    bool suppress_local_fixups = false;
    bool freeze = false;
    bool no_freeze_tell = false;
    bool queue_only = false;
    bool queue_smtp_only = false;
    std::string fakereject, fakedefer;            // the text for the client; the message is kept
};
Controls controls_of(const router::PolicyState& state);

// A header line that the stages have replaced: kept for those who look at the message in the queue.
struct Replaced {
    std::string text;
    std::string stands_before; // the text of a header; empty: the end
};

struct Work {
    const Parameters& parameters;
    Services& services;
    const Clock& clock;
    // Until when there must be a word for whoever waits (cleanup_timeout, and some time for the answer's way): what other
    // programs are waited for ends with it.
    event::Deadline until = event::Deadline::never();

    mail::Envelope envelope;
    router::PolicyState state;
    LocalOptions local;
    std::string discarded_by;         // Submit::discarded_by
    bool prdr = false;                // each recipient is judged, and the client hears of each …
    std::vector<RecipientReply> each; // … this
    mail::HeaderList headers;
    std::uint64_t body_size = 0;
    std::uint32_t longest_line = 0;
    std::uint32_t body_lines = 0;
    std::string body_start, body_end; // message_body_visible octets for policy

    std::shared_ptr<ipc::Channel> judge; // one process of router judges it all, so that its log lines come in order
    Letter* letter = nullptr;   // for scanners
    std::vector<scan::Part> parts;    // of a MIME message, where an ACL wants to see them
    bool has_files = false;           // scan has files of this message
    std::shared_ptr<MilterSession> milters; // that have heard of it already; null: none
    bool milters_are_made_up = false; // a session for a local program's message: they have heard nothing yet
    std::string frozen_by;            // a milter, and why

    Controls controls;
    Arrival arrival;
    std::vector<Replaced> replaced;   // in the order of the headers they belong to, or nearly
    std::size_t completed_from = -1;  // index of the first header that was added here behind Message-Id
    bool dated_last = false;          // the last header is a Date: that was added here
    std::string received_header;      // made by the trace stage, put in front before anything is added …
    bool has_received = false;        // … as was done: it is one of `headers`
    std::vector<std::string> bad_addresses; // of the header, with -t: left out
    bool lacks_recipients = false;          // refused for that: the sender sees the message as it would have become
    std::string accepted_by_prdr;     // likewise, when some recipients were not; empty: all were
    std::uint32_t accepted_code = 0;  // what policy has the client hear of an accepted message; 0 and empty: the usual
    std::string accepted_text;
    ipc::Fd cut;                      // Submit::cut
    std::optional<SubmitReply> fake;  // fakereject: what the client hears of an accepted message
};

// A stage goes on (nothing), or ends the message with a reply.
using Ended = std::optional<SubmitReply>;

// The header gets this text; the one it had is remembered.
void replace_header(Work& work, mail::Header& header, std::string text);
// Headers of this name go; they are remembered in the same way. For what never travels: what an ACL removes is gone.
void forget_headers(Work& work, std::string_view name);
// What was replaced, in the order of the lines that it stands before.
std::vector<mail::ReplacedHeader> replaced_by_place(const Work& work);
// What the reject log shows of a refused message: its headers as they are now, and those that were replaced.
void show_headers(const Work& work, SubmitReply& reply);

// The headers as policy and scanners see them: with our own Received:, whether or not it is among them yet.
std::string headers_seen(const Work& work);

// As many of the recipients as a question to router has room for: nearly always all.
std::vector<std::string> recipients_to_ask_about(const Work& work);

// Not to be tried again by who has it still (is_trouble).
SubmitReply refusal(std::uint32_t code, std::string enhanced, std::string text, std::string log_text = {});
// 451 for what is our own trouble; the log gets the reason, the client "local problem".
SubmitReply trouble(const Work& work, std::string_view what, const Error& error);

}
