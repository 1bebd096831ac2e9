// The body of fill(): one case for each type a member may have.
#pragma once

#include <type_traits>

namespace gp::config {

template <class S>
void fill(S& target, std::span<const Param<S>> params, const Settings& settings)
{
    for (const auto& param : params) {
        if (!settings.is_set(param.name))
            continue;
        std::visit(
            [&](auto member) {
                using M = decltype(member);
                if constexpr (std::is_same_v<M, bool S::*>)
                    target.*member = settings.flag(param.name);
                else if constexpr (std::is_same_v<M, std::int64_t S::*>)
                    target.*member = settings.number(param.name);
                else if constexpr (std::is_same_v<M, Duration S::*>)
                    target.*member = settings.time(param.name);
                else if constexpr (std::is_same_v<M, std::string S::*>)
                    target.*member = settings.text(param.name);
                else if constexpr (std::is_same_v<M, Expandable S::*>)
                    target.*member = settings.expandable(param.name);
                else if constexpr (std::is_same_v<M, Identity S::*>) {
                    if (const auto* identity = settings.identity(param.name))
                        target.*member = *identity;
                } else if constexpr (std::is_same_v<M, std::vector<Identity> S::*>) {
                    const auto found = settings.identities(param.name);
                    (target.*member).assign(found.begin(), found.end());
                } else if constexpr (std::is_same_v<M, std::vector<Duration> S::*>) {
                    const auto found = settings.times(param.name);
                    (target.*member).assign(found.begin(), found.end());
                } else if constexpr (std::is_same_v<M, std::vector<std::string> S::*>)
                    target.*member = settings.list(param.name);
            },
            param.member);
    }
}

}
