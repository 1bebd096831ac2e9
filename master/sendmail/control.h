// What the command line asks of qmgr over the instance's control socket.
#pragma once

#include <cstdio>
#include <string>

#include "common/event/loop.h"
#include "master/sendmail/instance.h"
#include "master/sendmail/options.h"
#include "qmgr/protocol.h"

namespace gp::sendmail {

inline constexpr Duration short_wait{60'000};
inline constexpr Duration long_wait{24 * 3600 * 1000};

// Asks on a fiber of a loop of its own.
template <class Message>
Result<typename Message::Reply> ask(const Instance& instance, const Message& message, Duration patience)
{
    auto socket = TRY(connect_to(instance.run("control")));
    Result<typename Message::Reply> reply = temporary("no answer");
    event::Loop loop;
    TRY(loop.spawn("ask", [&] {
        auto channel = ipc::Channel::open(std::move(socket), "qmgr", nullptr);
        reply = channel->call(message, event::Deadline::in(patience));
    }));
    loop.run_until_idle();
    return reply;
}

// Says what is wrong on standard error; the exit status.
int complain(const Error& error);

// Finds the instance for a mode that acts on one, or complains.
int with_instance(const Options& options, int (*act)(const Options& options, const Instance& instance));

// Whether each is a message id, and there is one; in Exim's words when not.
Status check_ids(const std::vector<std::string>& ids, std::string_view option);

// The same for a mode that needs a suite: one is started for it where none runs (one_shot.h). What takes or delivers
// mail is done by the configuration that the command names, also beside a suite that has another one.
enum class Obeys : std::uint8_t { any_suite, its_own_configuration };
int with_suite(const Options& options, int (*act)(const Options& options, const Instance& instance),
               Obeys obeys = Obeys::any_suite);

// -odb: its first attempt begins now, whatever queue_only says (manual 14.23, queue_only_override).
void begin_delivery(const Instance& instance, const std::string& id);

// Waits until the first attempt on a message is over; gives up quietly when qmgr cannot be asked. One that waits for a
// queue run is tried now, unless `when` is waited_for.
void wait_until_tried(const Instance& instance, const std::string& id, WhenDelivered when);

}
