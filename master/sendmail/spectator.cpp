#include "master/sendmail/spectator.h"

#include <cstdio>

#include "common/base/text.h"
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

constexpr int most_tries = 20; // a message that is held says nothing
constexpr Duration pause{50};

void apologise(const Error& error)
{
    std::fprintf(stderr, "sendmail: the delivery cannot be watched: %s\n", escape(error.text).c_str());
}

}

Spectator::Spectator(const Instance& instance)
{
    auto socket = connect_to(instance.run("control"));
    if (!socket) {
        apologise(socket.error());
        return;
    }
    channel_ = ipc::Channel::open(std::move(socket).take(), "qmgr", this);
    if (const auto watching = channel_->call(qmgr::Watch{}, event::Deadline::in(short_wait)); !watching)
        apologise(watching.error());
}

Spectator::~Spectator()
{
    if (!channel_)
        return;
    event::Notice closed; // the channel knows us until then
    channel_->on_close([&closed] { closed.notify(); });
    channel_->close({});
    closed.wait(event::Deadline::in(short_wait));
}

// In Exim's form.
void Spectator::show(std::string_view line) const
{
    std::fprintf(stderr, "LOG: MAIN\n  %s\n", escape(line).c_str());
}

void Spectator::notice(const qmgr::LogLine& line, ipc::Channel&)
{
    told_of_.insert(line.id);
    show(line.text);
}

// The message is committed before the queue manager hears of it: until it has said something, it is asked again.
void Spectator::wait_for(const std::string& id) const
{
    if (id.empty()) // refused, and told of in a message of its own
        return;
    for (int tries = 0; tries < most_tries && channel_ && channel_->is_open() && !told_of_.contains(id); ++tries) {
        if (tries > 0)
            event::sleep_for(pause);
        const auto over = channel_->call(qmgr::Run{.joins_only = true, .wait = true, .ids = {id}}, event::Deadline::in(long_wait));
        if (over)
            continue;
        std::fprintf(stderr, "sendmail: %s is accepted and will be delivered in the background: %s\n",
                     id.c_str(), escape(over.error().text).c_str());
        return;
    }
}

}
