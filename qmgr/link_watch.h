// Tells an outage of our own link to the outside from outages of other hosts, and keeps its time out of the ages that
// the retry rules look at: a week without a line must not return a whole queue.
//
// Hosts of several networks, asked for the sake of as many domains, that begin to fail one after the other while nobody
// outside answers at all: that is our link, or our name server. A host that has been failing since before somebody
// answered last proves nothing. Hosts of link_inner_networks are on this side of the link and say nothing about it.
//
// Pure but for its store, which may be absent. Times are in seconds since 1970.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "common/base/clock.h"
#include "common/hints/store.h"
#include "common/net/cidr.h"

namespace gp::qmgr {

class LinkWatch {
public:
    struct Settings {
        std::size_t hosts = 5;            // networks, and domains, that must have begun to fail; 0: nothing is watched
        std::int64_t after = 600;         // for so long since the first of them
        std::int64_t most = 7 * 86400;    // an outage that lasts longer is none
        std::int64_t retry = 900;         // the longest time between two tries of a host meanwhile
        std::vector<std::string> inner;   // link_inner_networks; what is no network is left out
    };
    LinkWatch(const Settings& settings, const Clock& clock, std::unique_ptr<hints::Store> store = {});

    void change(const Settings& settings);

    // A host took a connection or answered. `address` as text; one that cannot be read counts as inner.
    void reached(std::string_view address);
    // No connection could be had, or (without an address) no answer about `domain` in the DNS. `since`: when the host, or
    // the domain, began to fail.
    void unreached(std::string_view domain, std::string_view address, std::int64_t since);

    bool is_out() const { return is_out_; }
    std::int64_t lasts() const; // the outage, until now; 0: there is none
    // Seconds of our outages, the present one with them, between `since` and now.
    std::int64_t outage_since(std::int64_t since) const;
    // When the outage ended in which `at` lies; 0: it lies in none, or in one that lasts.
    std::int64_t end_of(std::int64_t at) const;
    // Of a retry's time, as its rule has it: not later than settings.retry from now while the link is out.
    std::int64_t sooner(std::int64_t next_try) const;

    std::function<void()> on_return = [] {}; // the outage is over
    void flush();                            // to the store

private:
    struct Outage {
        std::int64_t began = 0, ended = 0;
    };
    bool is_inner(std::string_view address) const;
    bool is_enough() const;
    void begin();
    void end(std::int64_t when);
    void forget_evidence();
    void load();
    void keep();

    Settings settings_;
    const Clock& clock_;
    std::unique_ptr<hints::Store> store_;
    net::NetworkTable inner_;
    std::unordered_set<std::size_t> domains_, networks_; // hashes of those that began to fail since; no more than are asked for
    std::int64_t reached_ = 0;   // when somebody outside answered last
    std::int64_t began_ = 0;     // when the first of domains_ failed
    bool is_out_ = false;
    bool is_exhausted_ = false;  // settings.most is over: not again before somebody answers
    std::vector<Outage> past_;   // in order of time, the newest few
    bool is_changed_ = false;
};

}
