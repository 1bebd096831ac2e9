// Matches the patterns of retry rules that need the configuration's language (manual 32.2): each is an address list of
// one item, which is expanded first.
#pragma once

#include <map>
#include <string>

#include "common/expand/lists.h"
#include "common/expand/scene.h"
#include "conf/params/rules.h"
#include "router/retry_lists_protocol.h"

namespace gp::router {

class RetryLists {
public:
    // All patterns and lists of senders of the section; what does not parse cannot be told of later.
    RetryLists(const expand::Language& language, const std::vector<conf::RetryRule>& rules);

    // Suspends where a look-up does. `scene` has no message.
    MatchedRetryLists answer(expand::Scene& scene, const MatchRetryLists& question) const;

private:
    using Table = std::map<std::string, expand::ListText, std::less<>>;
    static char match(const Table& table, expand::Scene& scene, const std::string& list, const std::string& address, std::string& why);

    Table patterns_, senders_;
};

}
