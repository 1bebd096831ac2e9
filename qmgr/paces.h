// Who has which meter: hosts by name and port, senders by address. Bounds come from the configuration
// (host_connections, host_message_rate, sender_message_rate) and from hosts that refuse what is too much for them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/net/cidr.h"
#include "conf/params/pace.h"
#include "delivery/protocol.h"
#include "qmgr/address_pattern.h"
#include "qmgr/meter.h"
#include "qmgr/parameters.h"

namespace gp::qmgr {

class Paces {
public:
    using Meters = std::vector<std::shared_ptr<Meter>>;

    Paces(const Parameters& parameters, const Clock& clock);
    // Other rules. Meters are given theirs, also those of what waits.
    void change(const Parameters& parameters);

    // Of the hosts that a delivery would go to, and of its sender.
    using Hosts = std::vector<const router::Host*>;
    Meters meters_for(const router::Delivery& instruction, const Hosts& hosts, std::string_view sender);
    bool counts_connections(const Meters& meters) const;
    // The one for which so many jobs wait already that one more waits outside; null: none.
    std::shared_ptr<Meter> crowded(const Meters& meters, Owner owner, bool is_first, std::size_t backlog) const;
    // Whether a rate is used up: what waits for it waits for time to pass, and nobody should wait for that.
    bool is_spent(const Meters& meters) const;
    // Has this host a bound? A delivery whose meters have it not must not go there.
    bool is_bounded(const router::Delivery& instruction, const router::Host& host, const Meters& but = {}) const;
    // A delivery went over this host: counts there, too, when `meters` have it not.
    void charge(const Meters& meters, const std::string& host, const std::string& address, std::uint32_t port);
    // True when the host said that it was given too much: it is given less, and what it refused waits for its turn.
    // Before the delivery's end is told to the scheduler.
    bool takes_blame(const delivery::HostFailure& failure);

    // The first of them that lets no more through now, for operators.
    struct Hold {
        std::string name;       // "host mx.example", "sender joe@b.example"
        std::int64_t until = 0; // in this second it lets the next one through; 0: when a delivery ends
    };
    std::optional<Hold> hold_of(const Meters& meters) const;

    void forget_idle();
    std::size_t size() const { return meters_.size(); }

private:
    struct HostRule {
        conf::PaceRule rule;
        std::optional<net::Cidr> network;
        bool fits(std::string_view name, const std::vector<std::string>& addresses) const;
    };
    struct SenderRule {
        conf::PaceRule rule;
        AddressPattern pattern;
    };
    Meter::Bounds bounds_for(std::string_view host, const std::vector<std::string>& addresses) const;
    bool has_place(const std::string& key, std::size_t most);
    const SenderRule* rule_for(std::string_view sender) const;
    Meter::Bounds sender_bounds(std::string_view sender) const;
    std::shared_ptr<Meter> sender_meter(std::string_view sender);
    std::shared_ptr<Meter> host_meter(const std::string& name, std::uint32_t port, const std::vector<std::string>& addresses);
    void tell(const delivery::HostFailure& failure, const Meter& meter) const;

    struct Entry {
        std::shared_ptr<Meter> meter;
        std::string name; // of the host, or the sender's address
        std::vector<std::string> addresses;
        bool is_sender = false;
    };

    const Clock& clock_;
    std::vector<std::string> texts_[3]; // the rules as they were written
    std::vector<HostRule> connections_, messages_;
    std::vector<SenderRule> senders_;
    std::int64_t interval_ = 60, memory_ = 0;
    std::size_t most_ = 0; // pace_entries_max
    bool is_full_ = false;         // and it was told
    std::int64_t swept_ = 0;       // when a place was looked for last, in vain
    void sweep(std::int64_t now);
    std::unordered_map<std::string, Entry, TextHash, std::equal_to<>> meters_;

    // What hold_of said lately: a listing asks for the same ones again and again.
    struct Known {
        const Entry* entry = nullptr;
        std::optional<std::int64_t> until;
    };
    mutable std::unordered_map<const Meter*, Known> known_; // those of meters_, as of a second
    mutable std::int64_t known_at_ = -1;
};

}
