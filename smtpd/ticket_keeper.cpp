#include "smtpd/ticket_keeper.h"

#include "common/log/log.h"

namespace gp::smtpd {
namespace {

constexpr std::chrono::seconds pause_after_failure{30};

tls::TicketKey key_of(const std::string& octets)
{
    return {octets.substr(0, tls::TicketKey::name_size), octets.size() < tls::TicketKey::name_size ? "" : octets.substr(tls::TicketKey::name_size)};
}

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
    const auto taken = answer ? keys_->set({key_of(answer->now), key_of(answer->before)}) : Status{answer.error()};
    if (taken) {
        due_ = now + std::chrono::milliseconds{answer->good_for_ms};
        return;
    }
    (void)keys_->set({});
    due_ = now + pause_after_failure;
    log::warning("TLS sessions are not resumed for now: keyd gives no keys for tickets: " + taken.error().text);
}

}
