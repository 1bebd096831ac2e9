#include "master/sendmail/spectator.h"

#include <cstdio>

#include "common/base/text.h"
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

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
    show(line.text);
}

void Spectator::wait_for(const std::string& id) const
{
    if (!channel_ || !channel_->is_open())
        return;
    const auto over = channel_->call(qmgr::Run{.wait = true, .ids = {id}}, event::Deadline::in(long_wait));
    if (!over)
        std::fprintf(stderr, "sendmail: %s is accepted and will be delivered in the background: %s\n",
                     id.c_str(), escape(over.error().text).c_str());
}

}
