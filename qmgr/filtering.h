// What the system filter makes of a message at the start of an attempt (manual 47). Router runs it; here its word
// becomes pieces. They hang below the first recipient that is left, which stays as long as one of them does.
#pragma once

#include "qmgr/core.h"
#include "qmgr/grouping.h"
#include "qmgr/settle.h"

namespace gp::qmgr {

class Filtering {
public:
    Filtering(Core& core, Settle& settle) : core_(core), settle_(settle) {}

    // False: the recipients get nothing in this attempt. `request` has none of the targets yet.
    bool run(Message& message, router::Route request);
    // Afterwards, when the recipients have their pieces: the filter's own deliveries, without those that a
    // recipient has, too.
    void add_own(Message& message, Grouping& grouping);

private:
    bool obey(Message& message);
    void fail_all(Message& message, const std::string& why);
    void trouble_all(Message& message, const std::string& why);
    void defer_all(Message& message, std::string_view why);

    Core& core_;
    Settle& settle_;
};

}
