// Sieve (RFC 5228): a text becomes a tree, and the tree an outcome of the same form as an Exim filter's.
//
//     const auto script = Script::parse(text, Words::linked(), rules);
//     const filter::Outcome outcome = TRY(script.run({.scene = scene, .rules = rules}));
//
// keep and fileinto are files by their folder's name ("inbox", "lists/a"), redirect a delivery, vacation and
// notify replies. outcome.is_significant false is the implicit keep. An error in the script shows when it is
// run; it is permanent and ends in "in line N". For a delivery, obey() is told what was done up to there, and keeps.
#pragma once

#include <string_view>

#include "common/sieve/run.h"
#include "common/sieve/tree.h"
#include "common/sieve/words.h"

namespace gp::sieve {

class Script {
public:
    static Script parse(std::string_view text, const Words& words, const filter::Rules& rules);
    // What the whole script asks for, or its error.
    Result<filter::Outcome> run(const Surroundings& around) const;
    // As Exim, and RFC 5228 section 2.10.6: after a permanent error the message is kept, beside what was asked for before it,
    // and the outcome's text is the error. A temporary one stays an error.
    Result<filter::Outcome> obey(const Surroundings& around) const;

private:
    filter::Outcome outcome(const Surroundings& around, Status& fault) const;

    Steps steps_;
    Status fault_;
    bool has_variables_ = false;
};

}
