// What this process has counted, for `gatepost metrics`: "scans clamd found". A service's process sends what is new to
// master every few seconds (common/service), so that numbers outlive processes. For the thread of the event loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace gp {

class Counters {
public:
    static Counters& of_process();

    // The words are a family and the values of its labels: letters, digits and "_.-" alone, 48 characters in all. Beyond
    // 64 names, and what has another form, is not counted.
    void add(std::string_view words, std::uint64_t by = 1);
    // Gives what is new; what `send` returns false for stays new.
    void flush(const std::function<bool(const std::string& words, std::uint32_t by)>& send);

    static bool is_name(std::string_view words);
    static constexpr std::size_t longest_name = 48;

private:
    std::map<std::string, std::uint64_t, std::less<>> new_;
};

inline void count(std::string_view words, std::uint64_t by = 1)
{
    Counters::of_process().add(words, by);
}

}
