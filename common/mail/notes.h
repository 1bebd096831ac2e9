// Notes on a message: what one service leaves for another, for the log and for the tools of the queue. They are kept
// among the variables of its envelope, under names that no ACL variable has (theirs begin with "c" or "m" and a digit or
// an underscore), and so they live as long as the message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"

namespace gp::mail {

inline constexpr std::string_view note_complete = "received_complete";    // when all of it had come: microseconds since 1970
inline constexpr std::string_view note_tls_on_connect = "tls_on_connect"; // where the log wants it: TLS began with the connection
inline constexpr std::string_view note_body_7bit = "body_7bit";           // the client said BODY=7BIT; without it nothing was said

inline constexpr std::string_view note_tls_resumed = "tls_resumed";       // likewise: TLS went on with an earlier session
inline constexpr std::string_view note_early_pipe = "early_pipe";         // likewise: PIPECONNECT was offered ("."), used ("*")
inline constexpr std::string_view note_forwarded = "forwarded_for";       // by XFORWARD: whose message it was before a filter had it

inline constexpr std::string_view note_tls_wish = "tls_wish";             // REQUIRETLS, TLS-Required: tls_wish.h

inline constexpr std::string_view note_freeze_tells = "freeze_tell";      // an ACL froze it, and those of freeze_tell are to hear of it
inline constexpr std::string_view note_directory = "directory";           // in which a local program was started
inline constexpr std::string_view note_held_for = "held_for";             // the account because of which it is frozen
inline constexpr std::string_view note_no_qualifying = "no_qualifying";   // -bnq: to cleanup, which takes it away
inline constexpr std::string_view note_bulk = "bulk";                     // it waits beside its sender's other mail (bulk_yields)
inline constexpr std::string_view note_settles_child = "settles_child";   // a report: an address below a recipient, done with it

void add_note(Envelope& envelope, std::string_view name, std::string value);
const std::string* find_note(const Envelope& envelope, std::string_view name);

void remove_note(Envelope& envelope, std::string_view name);
std::vector<std::string> all_notes(const Envelope& envelope, std::string_view name);

// Microseconds since 1970; 0 when it is not known.
std::int64_t time_complete(const Envelope& envelope);

// A header line that rewriting or qualifying has replaced, as -Mvh shows it (manual chapter 56, type *).
struct ReplacedHeader {
    std::size_t before = 0; // the line of the message that it stands in front of, from 0
    std::string text;       // with its line end
};
inline constexpr std::size_t most_replaced = 8192; // octets of all such lines: what is over that is not kept

// In the order of the lines they stand before. The first that does not fit, and all behind it, are left out.
void add_replaced(Envelope& envelope, const std::vector<ReplacedHeader>& headers);
std::vector<ReplacedHeader> replaced_headers(const Envelope& envelope);

}
