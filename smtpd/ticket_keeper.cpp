#include "smtpd/ticket_keeper.h"

#include "common/log/log.h"

#include <string_view>
#include <vector>

namespace gp::smtpd {
namespace {

constexpr std::chrono::seconds pause_after_failure{30};

tls::TicketKey key_of(std::string_view octets)
{
    const auto name = octets.substr(0, tls::TicketKey::name_size);
    return {std::string(name), std::string(octets.substr(name.size()))};
}

// Without copies on the way, which nobody would wipe.
std::vector<tls::TicketKey> keys_of(const keyd::TicketKeysReply& reply)
{
    std::vector<tls::TicketKey> keys;
    keys.reserve(2);
    keys.push_back(key_of(reply.now));
    keys.push_back(key_of(reply.before));
    return keys;
}

}

TicketKeeper::TicketKeeper(Ask ask)
    : ask_(std::move(ask)), timer_([this] {
          // Where no fiber is to be had, the next client is waited for.
          (void)!event::Loop::current().spawn("ticket keys", [this] { renew(); });
      })
{
}

// Old keys go when new ones come; when none come, too.
void TicketKeeper::renew()
{
    due_ = {};
    freshen();
}

void TicketKeeper::freshen()
{
    if (!ask_ || is_asking_ || std::chrono::steady_clock::now() < due_)
        return;
    is_asking_ = true;
    ask();
    is_asking_ = false;
}

void TicketKeeper::ask()
{
    const auto now = std::chrono::steady_clock::now();
    const auto answer = ask_();
    const auto taken = answer ? keys_->set(keys_of(*answer)) : Status{answer.error()};
    if (taken) {
        due_ = now + std::chrono::milliseconds{answer->good_for_ms};
        timer_.start(std::chrono::duration_cast<Duration>(due_ - now));
        return;
    }
    (void)keys_->set({});
    due_ = now + pause_after_failure;
    log::warning("TLS sessions are not resumed for now: keyd gives no keys for tickets: " + taken.error().text);
}

}
