// Sieve (RFC 5228): a text becomes a tree, and the tree an outcome of the same form as an Exim filter's.
//
//     const auto script = Script::parse(text, Words::linked(), rules);
//     const filter::Outcome outcome = TRY(script.run({.scene = scene, .rules = rules}));
//
// keep and fileinto are files by their folder's name ("inbox", "lists/a"), redirect a delivery, vacation and
// notify replies. outcome.is_significant false is the implicit keep. An error in the script shows when it is
// run; it is permanent and ends in "in line N".
#pragma once

#include <string_view>

#include "common/sieve/run.h"
#include "common/sieve/tree.h"
#include "common/sieve/words.h"

namespace gp::sieve {

class Script {
public:
    static Script parse(std::string_view text, const Words& words, const filter::Rules& rules);
    Result<filter::Outcome> run(const Surroundings& around) const;

private:
    Steps steps_;
    Status fault_;
    bool has_variables_ = false;
};

}
