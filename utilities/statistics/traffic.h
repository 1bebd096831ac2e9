// What a main log says about the traffic of a host: the counts that eximstats prints (manual 54.7).
//
// take() eats the log's lines in their order; what of a message lies before the first line or after the last is not
// counted. Memory is bounded by the number of messages on the way and of different hosts, addresses and reasons.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/lookup/regex.h"
#include "common/mainlog/line.h"
#include "utilities/statistics/rejections.h"

namespace gp::utilities {

// Adds what is not negative; the sum stays a number, whatever a log or a report says.
inline void grow(std::int64_t& sum, std::int64_t more)
{
    constexpr std::int64_t most = 4'000'000'000'000'000'000;
    sum = more > most - sum ? most : sum + more;
}

struct Volume {
    std::int64_t messages = 0;
    std::int64_t addresses = 0; // of deliveries
    std::int64_t octets = 0;
    void add(std::int64_t size, bool is_message = true)
    {
        messages += is_message ? 1 : 0;
        ++addresses;
        grow(octets, is_message ? size : 0);
    }
};

using Volumes = std::map<std::string, Volume, std::less<>>;
using Counts = std::map<std::string, std::int64_t, std::less<>>;

// The four ways to name a peer, as -byhost, -bydomain, -byemail and -byedomain.
enum class By { host, domain, email, email_domain };
inline constexpr std::size_t ways = 4;

// Times in classes: below[i] counts those under limit i that are in no class before; the last counts the rest.
struct Spread {
    std::vector<std::int64_t> limits; // seconds, rising
    std::vector<std::int64_t> below;
    explicit Spread(std::vector<std::int64_t> of = {}) : limits(std::move(of)), below(limits.size() + 1) {}
    void add(double seconds);
    std::int64_t total() const;
};

struct TrafficOptions {
    int divisions = 1; // of an hour in the histograms; 0: none
    std::vector<std::int64_t> queue_limits = {60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600};
    std::vector<std::int64_t> delivery_limits; // empty: not wanted
    std::vector<std::int64_t> receipt_limits;
    lookup::Regex hidden_relays;     // -nr/…/
    lookup::Regex hidden_transports; // -nt/…/
    bool counts_relays = true;
    bool counts_remote_users = false; // -t_remote_users
    bool keeps_originals = false;     // -include_original_destination
    bool in_utc = false;              // times of a log with zones in UTC
    struct Pattern {
        std::string text;
        lookup::Regex regex;
    };
    std::vector<Pattern> patterns;
};

// How many different peers there were.
struct Breadth {
    std::size_t in[ways] = {}, out[ways] = {};
    std::size_t rejected = 0, temporarily_rejected = 0, spam = 0; // clients
};

class Traffic {
public:
    explicit Traffic(TrafficOptions options);
    void take(std::string_view text);
    void widen(const std::string& stamp); // the report covers this time, too
    Breadth breadth() const;
    std::size_t place_of_time(std::int64_t minutes) const; // of the day, in the histograms

    const TrafficOptions options;
    std::int64_t lines = 0; // that were log lines
    std::string first, last; // stamps
    Volume received, delivered;
    Volumes from[ways], to[ways];
    Volumes local_senders, local_destinations, transports;
    std::vector<std::int64_t> received_by_time, delivered_by_time;
    Spread queue_all, queue_remote, delivery_all, delivery_remote, receipt_all;
    std::map<std::string, Spread, std::less<>> receipt_by_protocol;
    Counts relays, errors;
    std::int64_t hidden_relays = 0;
    Counts rejections, temporary_rejections, rejected_hosts, temporarily_rejected_hosts, spam_hosts;
    std::int64_t rejected = 0, temporarily_rejected = 0, spam = 0;
    std::int64_t delayed = 0, failed = 0; // messages with such an address
    std::vector<std::int64_t> pattern_counts;
    std::vector<std::vector<std::int64_t>> pattern_by_time;

    // Of reports that were merged: their numbers of peers are added up, for whom they counted beyond their tables is not known.
    Breadth of_reports;
    bool is_merged = false;

private:
    struct Message;
    static std::size_t known(const Volumes& table); // those with a message of their own
    std::string shown_stamp(const mainlog::Line& line) const;
    bool count(const mainlog::Line& line);
    void count_rejection(const Rejection& one);
    std::string shown_destination(const mainlog::Line& line, const std::string& address) const;
    void count_patterns(const mainlog::Line& line);
    void arrival(const mainlog::Line& line);
    void delivery(const mainlog::Line& line);
    void count_relay(const Message& message, const mainlog::Line& line, const mainlog::Host& host);
    void failure(const mainlog::Line& line);
    void completion(const mainlog::Line& line);
    std::size_t division_of(const mainlog::Line& line) const;

    struct Message {
        std::int64_t arrived = 0; // milliseconds
        std::int64_t size = 0;
        std::string sender, protocol;
        std::string relay_from; // "host[address]" when it came from another host
        bool is_remote = false; // has a remote delivery
        bool is_delayed = false, is_failed = false;
    };
    std::unordered_map<std::string, Message> open_;
    std::unordered_set<std::string> remote_without_arrival_; // ids with a remote delivery
};

}
