// What qmgr asks router about retry rules (manual 32.2): qmgr has neither files nor the configuration's language.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"

namespace gp::router {

inline constexpr char is_in_list = '+', is_not_in_list = '-', cannot_tell = '?';

struct MatchedRetryLists {
    std::string patterns; // an answer each: every pattern for the first subject, every pattern for the second …
    std::string senders;  // and one for each list of senders
    std::string why;      // of the first that cannot be told
    static void fields(auto& self, auto&& field)
    {
        field("patterns", self.patterns);
        field("senders", self.senders);
        field("why", self.why);
    }
};

// "Which of these patterns of the retry section are for these hosts, domains and addresses, and which of its lists of
// senders hold this one?" Only texts that the configuration has there are matched: nobody has others evaluated.
struct MatchRetryLists {
    static constexpr std::string_view name = "match_retry_lists";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 1024 * 1024;
    using Reply = MatchedRetryLists;
    std::vector<std::string> patterns, senders, subjects;
    std::string sender;
    static void fields(auto& self, auto&& field)
    {
        field("patterns", self.patterns);
        field("senders", self.senders);
        field("subjects", self.subjects);
        field("sender", self.sender);
    }
};

}
