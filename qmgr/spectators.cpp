#include "qmgr/spectators.h"

#include "common/log/log.h"
#include "common/mail/message_id.h"
#include "qmgr/protocol.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t most_unread = 256 * 1024; // octets; who does not read is not told any more

}

void Spectators::add(std::uint32_t uid, const std::shared_ptr<ipc::Channel>& channel)
{
    std::erase_if(all_, [&](const Spectator& known) { return known.channel.expired() || known.channel.lock() == channel; });
    all_.push_back({.uid = uid, .channel = channel});
}

void Spectators::say(const mail::Envelope& envelope, std::string_view line)
{
    log::main(line);
    show(envelope, line);
}

void Spectators::show(const mail::Envelope& envelope, std::string_view line)
{
    if (all_.empty())
        return;
    // A message of the network has the uid of smtpd, under which nobody calls.
    const auto about = line.substr(std::min(line.size(), line.find(' ') + 1));
    for (const auto& spectator : all_) {
        const auto channel = spectator.channel.lock();
        if (channel && channel->is_open() && spectator.uid == envelope.origin.uid &&
            channel->waiting_octets() < most_unread)
            channel->send(LogLine{.id = envelope.id, .text = std::string(about)});
    }
}

}
