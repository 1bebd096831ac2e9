// Which agents hold which messages. A lease lasts from Fetch until Release, or until the agent's channel
// is gone; between Finishing and Delivered some of its deliveries are in their uncertain window.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/spool/index.h"

namespace gp::spoold {

class Leases {
public:
    using Channel = std::uint64_t;

    // A lease that has ended.
    struct Ended {
        spool::Key id;
        std::vector<std::string> unsettled; // finishing, and nobody said how it ended
        std::vector<std::string> let_go;    // were not delivered, as the end of their delivery said
        std::vector<std::string> lost;      // ended, and their agent cannot say how
        bool last = false;                  // nobody else holds the message
        bool told = false;                  // qmgr was told that it is leased, and waits for the end
    };

    void take(const spool::Key& id, Channel channel);
    // `run`: which of the holder's deliveries it is.
    void finishing(const spool::Key& id, Channel channel, std::uint64_t run, const std::vector<std::string>& children);
    // Whoever was finishing them.
    void delivered(const spool::Key& id, const std::vector<std::string>& children);
    // By the holder of another channel, or in another delivery that has not ended.
    bool is_finishing_elsewhere(const spool::Key& id, Channel channel, std::uint64_t run, std::string_view child) const;
    // Of several leases of one agent on one message the last one counts. `lost`: what the run was finishing may have
    // been delivered.
    std::optional<Ended> release(const spool::Key& id, Channel channel, std::uint64_t run, bool lost = false);
    std::vector<Ended> channel_gone(Channel channel);
    // After a restart: messages whose agents may still be at work, held by nobody in particular.
    void hold_for_unknown(const spool::Key& id) { take(id, nobody); }
    std::vector<Ended> end_unknown() { return channel_gone(nobody); }

    bool is_leased(const spool::Key& id) const { return messages_.contains(id); }
    void mark_told(const spool::Key& id);
    std::size_t size() const { return messages_.size(); }

private:
    static constexpr Channel nobody = 0; // channels are numbered from 1

    struct Window {
        std::uint64_t run = 0;
        bool has_ended = false; // its delivery let go of it …
        bool is_lost = false;   // … and does not know how it ended
    };
    struct Lease {
        unsigned count = 0;
        std::set<std::uint64_t> runs; // that have begun to finish, and hold it
        std::map<std::string, Window, std::less<>> finishing;
    };
    struct Leased {
        std::map<Channel, Lease> leases;
        bool told = false;
    };
    using Messages = std::map<spool::Key, Leased>;
    Ended end(Messages::iterator message, Channel channel);

    Messages messages_;
};

}
