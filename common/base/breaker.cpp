#include "common/base/breaker.h"

namespace gp {
namespace {

constexpr std::size_t most_places = 1000;

}

bool Breaker::rests(const std::string& place, std::int64_t now) const
{
    const auto found = states_.find(place);
    return found != states_.end() && now < found->second.rests_until;
}

bool Breaker::failed(const std::string& place, std::int64_t now, std::uint32_t most, std::uint32_t pause)
{
    if (states_.size() >= most_places && !states_.contains(place))
        states_.clear(); // names that some text makes
    auto& state = states_[place];
    ++state.failures;
    if (most == 0 || state.failures < most || now < state.rests_until)
        return false;
    state.rests_until = now + pause; // then one more failure is enough
    return true;
}

}
