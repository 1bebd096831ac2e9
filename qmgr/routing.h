// From an active message to its jobs: fetches the envelope when it is not here, looks at retry times,
// asks router where the recipients go, and makes pieces of the answers.
#pragma once

#include <cstdint>
#include <vector>

#include "qmgr/core.h"
#include "qmgr/filtering.h"
#include "qmgr/grouping.h"
#include "qmgr/recorder.h"
#include "qmgr/settle.h"

namespace gp::qmgr {

// What of the message's text router is shown.
struct Seen {
    std::string headers, body_start, body_end;
};

class Routing {
public:
    Routing(Core& core, Recorder& recorder, Settle& settle)
        : core_(core), recorder_(recorder), settle_(settle), filtering_(core, settle)
    {}

    enum class Result : std::uint8_t {
        ready,   // every recipient that is left has its pieces
        put_off, // it is not its turn after all: frozen, or queued until a run
        slowed,  // its account is
        gone,    // the spool does not have it any more
        broken,  // its envelope cannot be read
    };
    // On a fiber of its own; the message stays active meanwhile.
    Result prepare(std::uint64_t number);

    // Takes over what the spool says; false when it cannot be read.
    static bool adopt(Message& message, const spoold::Entry& entry);

private:
    bool is_put_off(const Message& message) const;
    bool is_unwanted(Message& message);
    void thaw(Message& message);
    bool hold_back(Message& message);
    void give_up(Message& message);
    void route_all(Message& message, Grouping& grouping, Seen& seen);
    gp::Result<Seen> read_message(Message& message, bool with_headers);
    void stop_loop(Message& message);
    void collect(Message& message, Grouping& grouping, std::vector<std::uint32_t>& due);
    bool waits(Message& message, std::uint32_t recipient);
    void ask(Message& message, Grouping& grouping, const std::vector<std::uint32_t>& recipients,
             Seen& seen);
    void tell(const Message& message, router::Notice notice);
    void take(Message& message, Grouping& grouping, std::uint32_t index,
              const router::RoutedRecipient& routed);
    void take_turned(Message& message, Grouping& grouping, std::uint32_t index, const router::Delivery& delivery, const Turned& turned);
    void settle_unrouted(Message& message, Grouping& grouping);
    RouteCache::Question question(const Message& message, std::uint32_t recipient) const;

    Core& core_;
    Recorder& recorder_;
    Settle& settle_;
    Filtering filtering_;
};

}
