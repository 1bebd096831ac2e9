// What router said of lists of the retry section that only it can match: look-ups, named lists, expansions. Kept with
// the message that it was asked for, and as long as that is in work.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "common/base/text.h"

namespace gp::qmgr {

enum class Fit : std::uint8_t {
    no,
    yes,
    unknown // it was not asked, or could not tell
};

class ListAnswers {
public:
    // Everything was asked about this subject, and answered.
    bool knows(std::string_view subject) const { return known_.contains(subject); }
    void settle(std::string_view subject) { known_.emplace(subject); }

    void keep(std::string_view list, std::string_view subject, bool fits);
    Fit find(std::string_view list, std::string_view subject) const;

private:
    std::unordered_set<std::string, TextHash, std::equal_to<>> known_;
    std::unordered_map<std::string, bool, TextHash, std::equal_to<>> fits_; // by list and subject
};

}
