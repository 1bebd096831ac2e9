#include "router/callout_office.h"

#include "common/log/log.h"
#include "common/process/peer.h"
#include "router/tally_counts.h"

namespace gp::router {
namespace {

constexpr std::chrono::seconds patience{10}; // of tally, which answers from memory

}

Result<remote::CalloutReply> LinkedCalloutOffice::call(const remote::Callout& question, event::Deadline until)
{
    return remote_.call(question, until);
}

Result<remote::CalloutReply> LinkedCalloutOffice::call_again(const ipc::Fd& held, const remote::Callout& question, event::Deadline until)
{
    ipc::Fd ours = held; // smtpd has a copy of its own
    // It came by way of smtpd, which speaks with strangers: nobody but remote is to hear how the address is delivered.
    if (const auto genuine = process::expect_peer(ours.get(), remote_uid_); !genuine) {
        log::warning("a connection that smtpd calls a held one " + genuine.error().text);
        return permanent("the held connection is none of remote's");
    }
    const auto channel = ipc::Channel::open(ours.take(), "held", nullptr);
    return channel->call(question, until);
}

// What cannot be recalled is asked again.
std::optional<std::string> LinkedCalloutOffice::recall(const std::string& key)
{
    auto answer = tally_.call(tally::Recall{.key = fitting_key(key)}, event::Deadline::in(patience));
    if (!answer) {
        log::warning("what earlier callouts found is not known: " + answer.error().text);
        return std::nullopt;
    }
    return answer->found ? std::optional{std::move(answer->value)} : std::nullopt;
}

void LinkedCalloutOffice::remember(const std::string& key, const std::string& value, Duration lifetime)
{
    (void)tally_.send(tally::Remember{.key = fitting_key(key),
                                      .value = value,
                                      .seconds = static_cast<std::uint64_t>(std::max<std::int64_t>(0, lifetime.count() / 1000))});
}

}
