// The counts, in Berkeley DB files below the spool's db directory: ratelimit, seen, callout.
//
// A record is text: the second at which it may be forgotten, then what it holds. A record that does not read is
// none. Losing the files costs nothing but the counts.
#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/hints/store.h"
#include "common/hints/tidy.h"
#include "router/tally/protocol.h"

namespace gp::tally {

class Ledger {
public:
    static Result<std::unique_ptr<Ledger>> open(const std::string& directory, const Clock& clock);

    RateReply rate(const Rate& question);
    SeenReply seen(const Seen& question);
    RecallReply recall(const Recall& question);
    void remember(const Remember& notice);

    void flush();
    void tidy(std::size_t most); // looks at so many records of each file

private:
    explicit Ledger(const Clock& clock) : clock_(clock) {}
    double now() const; // seconds, with fractions
    bool is_new_event(const Rate& question);
    bool is_old(std::string_view value) const;

    const Clock& clock_;
    std::unique_ptr<hints::Store> rates_, seen_, callouts_;
    std::vector<hints::Tidier> tidiers_;
};

}
