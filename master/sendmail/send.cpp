#include "master/sendmail/send.h"

#include <sysexits.h>

#include <cstdio>

#include "common/base/text.h"
#include "common/event/loop.h"
#include "common/ipc/channel.h"
#include "master/sendmail/control.h"
#include "master/sendmail/spectator.h"
#include "master/sendmail/standard_input.h"

namespace gp::sendmail {
namespace {

constexpr Duration patience{660'000}; // longer than submit waits for cleanup

struct Outcome {
    int status = 0;
    std::string text;
    std::string id;
    bool mailed = false;  // a mail tells what is wrong
    std::string log_line; // the "<=" line
    bool is_over = false; // mua_wrapper: it is not in the queue, whatever became of it
    bool is_untouched = false; // submit went away before the message was begun
};

Outcome failed(const Error& error)
{
    const bool permanent = error.blame == Blame::permanent;
    const bool no_recipients = error.text == "no recipients";
    return {permanent ? (no_recipients ? 2 : 1) : EX_TEMPFAIL, error.text, {}};
}

Outcome submit_over(OwnedFd socket, const Options& options, MessageSource& input)
{
    auto channel = ipc::Channel::open(std::move(socket), "submit", nullptr);
    const auto deadline = [] { return event::Deadline::in(patience); };
    auto opened = channel->call(options.letter, deadline());
    if (!opened) {
        auto outcome = failed(opened.error());
        outcome.is_untouched = opened.error().cause == Cause::closed;
        return outcome;
    }
    // Submit waits no longer than receive_timeout says.
    const auto most = opened->receive_timeout;
    const auto own = options.receive_timeout.value_or(most);
    input.limit(most == 0 || own == 0 ? std::max(most, own) : std::min(most, own));
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
    if (finished->accepted)
        return {.status = 0, .id = finished->id, .mailed = finished->mailed, .log_line = finished->log_line, .is_over = finished->is_over};
    if (finished->is_over)
        return {.status = 1, .text = finished->text, .is_over = true};
    // Manual 5.3: with -oee a report that is on its way is enough.
    const bool enough = finished->mailed && options.on_error == OnError::mail_and_zero;
    return {finished->temporary ? EX_TEMPFAIL : enough ? 0 : 1, finished->text, finished->id, finished->mailed};
}

bool is_queued(const Options& options)
{
    return options.letter.queue_only || options.letter.queue_smtp_only;
}

// -v: the lines of the log, and with them the time that the first attempt takes.
Outcome submit_before_eyes(OwnedFd socket, const Options& options, const Instance& instance, MessageSource& source)
{
    const Spectator spectator{instance};
    auto outcome = submit_over(std::move(socket), options, source);
    if (outcome.status != 0 || outcome.id.empty())
        return outcome;
    if (!outcome.log_line.empty())
        spectator.show(
            outcome.log_line.substr(std::min(outcome.log_line.size(), outcome.log_line.find(' ') + 1)));
    if (!is_queued(options))
        spectator.wait_for(outcome.id);
    return outcome;
}

// The loop is gone before another one may begin.
Outcome submit_on_a_loop(OwnedFd socket, const Options& options, const Instance& instance, MessageSource& source)
{
    Outcome outcome;
    event::Loop loop;
    const auto started = loop.spawn("send", [&] {
        outcome = options.verbose ? submit_before_eyes(std::move(socket), options, instance, source)
                                  : submit_over(std::move(socket), options, source);
    });
    if (!started)
        return {EX_TEMPFAIL, started.error().text, {}};
    loop.run_until_idle();
    return outcome;
}

void complain(const std::string& text)
{
    std::fprintf(stderr, "sendmail: %s\n", text.c_str());
}

Outcome leave_for_later(const Options& options, const Instance& instance, MessageSource& source, const std::string& why)
{
    if (instance.mua_wrapper)
        return {.status = 1, .text = "mua_wrapper is set, and the suite that would deliver the message is down: " + why + " (gatepost start)"};
    const auto left = leave_in_drop(options, instance, source);
    if (left && options.verbose)
        std::fprintf(stderr, "sendmail: the suite is down; the message waits for it in %s\n", instance.drop().c_str());
    if (left)
        return {};
    return {left.error().blame == Blame::permanent ? 1 : EX_TEMPFAIL,
            left.error().text + " (and the suite is down: " + why + ")", {}};
}

// What became of one message, first attempt included where the caller waits for it.
Outcome bring(const Options& options, const Instance& instance, MessageSource& source)
{
    auto socket = connect_to(instance.run("submit"));
    if (!socket)
        return leave_for_later(options, instance, source, socket.error().text);
    auto outcome = submit_on_a_loop(std::move(*socket), options, instance, source);
    if (outcome.is_untouched) // a restart, or too many connections of this user
        return leave_for_later(options, instance, source, outcome.text);
    if (outcome.status != 0 || outcome.is_over)
        return outcome;
    const bool waits = options.when == WhenDelivered::foreground || options.when == WhenDelivered::waited_for;
    if (waits && !options.verbose)
        wait_until_tried(instance, outcome.id, options.when); // how it ends is in the log and, if it must be, in a report
    if (options.when == WhenDelivered::background && !outcome.id.empty())
        begin_delivery(instance, outcome.id);
    return outcome;
}

}

int send(const Options& options, const Instance& instance)
{
    StandardInput input{options.dot_ends};
    const auto outcome = bring(options, instance, input);
    if (outcome.is_over && outcome.status != 0) // as Exim says it, without a name in front
        std::fprintf(stderr, "%s\n", escape(outcome.text, true).c_str());
    else if (!outcome.text.empty() && !outcome.mailed)
        complain(escape(outcome.text, true));
    return outcome.status;
}

Result<int> hand_in(const Options& options, const Instance& instance, MessageSource& source)
{
    auto outcome = bring(options, instance, source);
    if (outcome.status == 0)
        return 0;
    return outcome.status == EX_TEMPFAIL ? temporary(std::move(outcome.text)) : permanent(std::move(outcome.text));
}

}
