#include "common/base/counters.h"

#include <algorithm>
#include <limits>

namespace gp {
namespace {

constexpr std::size_t most_names = 64;

bool may_stand(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c == ' ';
}

}

Counters& Counters::of_process()
{
    static Counters counters;
    return counters;
}

bool Counters::is_name(std::string_view words)
{
    return !words.empty() && words.size() <= longest_name && std::ranges::all_of(words, may_stand);
}

void Counters::add(std::string_view words, std::uint64_t by)
{
    if (const auto at = new_.find(words); at != new_.end())
        at->second += by;
    else if (new_.size() < most_names && is_name(words))
        new_.emplace(words, by);
}

void Counters::flush(const std::function<bool(const std::string&, std::uint32_t)>& send)
{
    for (auto& [words, due] : new_) {
        const auto by = static_cast<std::uint32_t>(std::min<std::uint64_t>(due, std::numeric_limits<std::uint32_t>::max()));
        if (by > 0 && send(words, by))
            due -= by;
    }
}

}
