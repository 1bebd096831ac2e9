// matches: a regular expression. $0, $1 … are what it captured.

#include "common/filter/condition.h"
#include "common/filter/run.h"
#include "common/lookup/regex.h"

namespace gp::filter {
namespace {

Result<bool> matches(Run& run, const std::string& left, const std::string& right, bool is_caseful)
{
    const auto pattern = lookup::Regex::compile(right, is_caseful ? lookup::Regex::none : lookup::Regex::caseless);
    if (!pattern) {
        const auto& why = pattern.error().text;
        const auto reason = why.rfind("\": ");
        return permanent("error while compiling regular expression \"" + right + "\": " +
                         (reason == std::string::npos ? why : why.substr(reason + 3)));
    }
    std::vector<lookup::Regex::Span> groups;
    if (!TRY(pattern->match(left, groups)))
        return false;
    run.set_captures(lookup::captured(left, groups));
    return true;
}

const RegisterComparison self{{.name = "matches", .holds = matches, .doc = "The second is a regular expression that fits the first."}};

}
}
