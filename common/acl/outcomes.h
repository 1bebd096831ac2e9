// The results of a check of the message's authenticity, as the conditions spf, spf_guess and dmarc_status have them: a
// list of words, some negated, and variables that tell what was found (manual 58).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/acl/context.h"

namespace gp::acl {

struct WantedOutcome {
    std::string name;
    bool is_negated = false;
};

// "pass : !fail"; an error names the word that is not one of `known`. `what`: "SPF result".
Result<std::vector<WantedOutcome>> parse_outcomes(std::string_view text, std::span<const std::string_view> known,
                                                  std::string_view what);
bool meets(const std::vector<WantedOutcome>& wanted, std::string_view outcome);

// Shown now and at the later points of the same message. `whose`: what tainted it, "SPF".
void keep_fact(Context& context, std::string_view name, const std::string& value, std::string_view whose);
std::string kept_fact(const Context& context, std::string_view name); // empty: nothing of that name

}
