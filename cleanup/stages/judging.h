// What the stages that ask router for a verdict on the whole message have in common.
#pragma once

#include "cleanup/work.h"

namespace gp::cleanup {

bool is_smtp(const Work& work); // mail of a program that does not speak SMTP has ACLs of its own
bool has_acl(const Work& work, router::Phase phase);

// All that can be told of the message; the phase's own facts are added by the stage.
router::Ask question_about(const Work& work, router::Phase phase);

// Asks; scanners and the content of the message are at hand meanwhile.
Result<router::AskReply> ask(Work& work, const router::Ask& question);

// How the log calls the ACL.
struct Judging {
    std::string_view acl;       // "DATA", of one that throws the message away
    std::string_view judged_at; // "during MIME ACL checks"; empty: "after DATA"
    bool has_last_word = false; // its text is what the client hears of an accepted message
};
// Nobody gets it; the log has it all the same, from its arrival on. `acl`: "DATA".
SubmitReply thrown_away(Work& work, std::string_view acl, std::string_view why);

// Asks; what was decided so far is then the message's. Nothing: accepted.
Ended judge(Work& work, const router::Ask& question, const Judging& judging);

}
