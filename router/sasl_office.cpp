#include "router/sasl_office.h"

#include <sys/socket.h>

#include "common/event/loop.h"
#include "common/log/log.h"
#include "common/process/memfd.h"
#include "delivery/local/sasl_protocol.h"
#include "router/sasl/wire.h"

namespace gp::router {

SaslTalk::SaslTalk(OwnedFd ours, std::string directory, Duration timeout)
    : stream_(std::move(ours)), directory_(std::move(directory)), until_(event::Deadline::in(timeout))
{
}

Status SaslTalk::say(const std::vector<std::string>& words)
{
    auto all = words;
    if (all.front() == "login")
        all.push_back(directory_);
    const auto frame = sasl::frame_of(all);
    if (frame.size() > sasl::longest_frame)
        return permanent("more was said than the program sasl takes");
    if (const auto written = stream_.write(frame, until_); !written)
        return temporary("the program sasl: " + written.error().text);
    return {};
}

Status SaslTalk::fill(std::string& into, std::size_t count)
{
    into.resize(count);
    for (std::size_t at = 0; at < count;) {
        const auto got = stream_.read({into.data() + at, count - at}, until_);
        if (!got && got.error().cause == Cause::timeout)
            return temporary("the login with Cyrus SASL took too long (sasl_timeout)");
        if (!got)
            return temporary("the program sasl: " + got.error().text);
        if (*got == 0)
            return temporary("no process could judge the login, or it ended early (the log of launcher has more)");
        at += *got;
    }
    return {};
}

Result<std::vector<std::string>> SaslTalk::hear()
{
    std::string octets;
    TRY(fill(octets, sasl::head));
    const auto length = sasl::number_in(octets);
    if (length > sasl::longest_frame)
        return temporary("the program sasl says too much");
    TRY(fill(octets, length));
    auto words = sasl::words_in(octets);
    if (!words || words->empty())
        return temporary("the program sasl says what nobody understands");
    return std::move(*words);
}

// Launcher's answer comes when all is over, and only a trouble is of interest then: the talk has had the verdict.
Result<std::unique_ptr<auth::LibraryTalk>> LauncherSasl::start()
{
    auto [ours, theirs] = TRY(process::socket_pair(SOCK_STREAM));
    constexpr std::chrono::seconds slack{10}; // launcher's own deadline comes first
    auto ask = [&launcher = launcher_, until = event::Deadline::in(timeout_ + slack),
                question = launcher::SaslQuestion{.talk = ipc::Fd{std::move(theirs)}}]() mutable {
        if (const auto reply = launcher.call(std::exchange(question, {}), until); !reply)
            log::warning("a login with driver = cyrus_sasl: " + reply.error().text);
    };
    TRY(event::Loop::current().spawn("a login's process", std::move(ask)));
    return std::unique_ptr<auth::LibraryTalk>{std::make_unique<SaslTalk>(std::move(ours), directory_, timeout_)};
}

}
