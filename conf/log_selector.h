// The words of log_selector (manual 53.15) as a set: Exim 4.96's defaults, changed as the option says.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::conf {

class LogSelector {
public:
    static Result<LogSelector> parse(std::string_view text);
    bool has(std::string_view word) const { return words_.contains(word); }
    static bool knows(std::string_view word);
    static std::vector<std::string_view> known(); // all words but "all", those of the default first

private:
    std::set<std::string, std::less<>> words_;
};

}
