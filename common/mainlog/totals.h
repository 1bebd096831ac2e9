// What the main log has said, counted as it is written: messages, addresses by outcome, deliveries by transport and by the
// class of the reply, TLS, times. So the numbers are those of the log, whichever service was restarted meanwhile.
//
// A number's name is a sample of OpenMetrics without the project's prefix: addresses_total{outcome="delivered"}. Times
// are in milliseconds; who prints them makes seconds of what ends in _sum.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gp::mainlog {

class Totals {
public:
    static constexpr std::size_t most = 2000; // numbers; names that a configuration invents beyond that share "other"

    Totals();
    // A line of the main log without its time stamp; `when` in microseconds.
    void count(std::string_view line, std::int64_t when);
    // "NAME VALUE\n" for each.
    std::string text() const;
    // What text() gave; lines that are none are passed over.
    void read(std::string_view text);
    std::uint64_t operator[](const std::string& name) const;

private:
    void add(std::string_view family, std::string_view label = {}, std::string_view value = {});
    void add_time(std::string_view family, std::string_view id, std::int64_t when);
    void count_outcome(std::string_view sign, std::string_view id, std::string_view rest, std::int64_t when);

    std::map<std::string, std::uint64_t, std::less<>> numbers_;
};

}
