// What eximstats makes of a line that tells of a refusal: its reason, and whose it was.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gp::utilities {

struct Rejection {
    std::string reason; // "Rejected RCPT: relay not permitted"; "Unknown" when no form is known
    std::string host;   // "[192.0.2.1]", or "local"
    bool is_temporary = false;
};

// Of the text behind stamp and id; nothing when it tells of no refusal. The forms and their names are the original's, so that
// a report can be laid beside an older one: a temporary refusal after DATA, for one, is counted with the others.
std::optional<Rejection> rejection_of(std::string_view text);

// "SA: Action: …" of SpamAssassin at SMTP time, where a message was taken for spam: the client's address or nothing.
std::optional<std::string> spam_host_of(std::string_view text);

}
