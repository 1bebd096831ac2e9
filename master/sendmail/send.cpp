#include "master/sendmail/send.h"

#include <sysexits.h>

#include <cstdio>

#include "common/base/text.h"
#include "common/event/loop.h"
#include "common/ipc/channel.h"
#include "master/sendmail/control.h"
#include "master/sendmail/standard_input.h"

namespace gp::sendmail {
namespace {

constexpr Duration patience{660'000}; // longer than submit waits for cleanup

struct Outcome {
    int status = 0;
    std::string text;
    std::string id;
};

Outcome failed(const Error& error)
{
    const bool permanent = error.blame == Blame::permanent;
    const bool no_recipients = error.text == "no recipients";
    return {permanent ? (no_recipients ? 2 : 1) : EX_TEMPFAIL, error.text, {}};
}

Outcome submit_over(OwnedFd socket, const Options& options)
{
    auto channel = ipc::Channel::open(std::move(socket), "submit", nullptr);
    const auto deadline = [] { return event::Deadline::in(patience); };
    auto opened = channel->call(options.letter, deadline());
    if (!opened)
        return failed(opened.error());
    StandardInput input{options.dot_ends};
    for (;;) {
        auto octets = input.read();
        if (!octets)
            return failed(octets.error());
        if (octets->empty())
            break;
        if (auto sent = channel->call(submit::Piece{std::move(octets).take()}, deadline()); !sent)
            return failed(sent.error());
    }
    auto finished = channel->call(submit::Finish{}, deadline());
    if (!finished)
        return failed(finished.error());
    if (!finished->accepted)
        return {finished->temporary ? EX_TEMPFAIL : 1, finished->text, finished->id};
    return {0, {}, finished->id};
}

void complain(const std::string& text)
{
    std::fprintf(stderr, "sendmail: %s\n", text.c_str());
}

}

int send(const Options& options, const Instance& instance)
{
    auto socket = connect_to(instance.run("submit"));
    if (!socket) {
        const auto left = leave_in_drop(options, instance);
        if (left)
            return 0;
        complain(left.error().text + " (and the suite is down: " + socket.error().text + ")");
        return left.error().blame == Blame::permanent ? 1 : EX_TEMPFAIL;
    }
    Outcome outcome;
    event::Loop loop;
    const auto started = loop.spawn("send", [&] { outcome = submit_over(std::move(*socket), options); });
    if (!started) {
        complain(started.error().text);
        return EX_TEMPFAIL;
    }
    loop.run_until_idle();
    if (outcome.status != 0) {
        complain(escape(outcome.text, true));
        return outcome.status;
    }
    if (options.when == WhenDelivered::foreground)
        wait_until_tried(instance, outcome.id); // how it ends is in the log and, if it must be, in a report
    return 0;
}

}
