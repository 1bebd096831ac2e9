#include "delivery/remote/tls_sessions.h"

#include <algorithm>
#include <iterator>

namespace gp::remote {

void TlsSessions::keep(const std::string& key, Session session)
{
    if (most_ == 0 || session.octets.empty() || session.octets.size() > longest_session)
        return;
    const auto is_of = [&](const Kept& one) { return one.key == key; };
    if (static_cast<std::size_t>(std::ranges::count_if(kept_, is_of)) >= most_for_one)
        kept_.erase(std::ranges::find_if(kept_, is_of));
    if (kept_.size() >= most_)
        kept_.pop_front();
    kept_.push_back({key, std::move(session)});
}

TlsSessions::Session TlsSessions::take(std::string_view key, Time now)
{
    std::erase_if(kept_, [&](const Kept& one) { return now - one.session.since >= lifetime; });
    const auto at = std::find_if(kept_.rbegin(), kept_.rend(), [&](const Kept& one) { return one.key == key; });
    if (at == kept_.rend())
        return {.octets = {}, .since = now};
    auto session = std::move(at->session);
    kept_.erase(std::next(at).base());
    return session;
}

}
