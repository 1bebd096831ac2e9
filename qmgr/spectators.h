// Callers who watch what becomes of the messages that they hand in (sendmail -v): each line about such a
// message goes to the log and to them. Nobody is told of other people's messages.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "common/ipc/channel.h"
#include "common/mail/envelope.h"

namespace gp::qmgr {

class Spectators {
public:
    void add(std::uint32_t uid, const std::shared_ptr<ipc::Channel>& channel);
    // To the main log, and to whoever handed the message in. Never suspends.
    void say(const mail::Envelope& envelope, std::string_view line);
    // The same of a line that is in the log already.
    void show(const mail::Envelope& envelope, std::string_view line);

private:
    struct Spectator {
        std::uint32_t uid = 0;
        std::weak_ptr<ipc::Channel> channel;
    };
    std::vector<Spectator> all_; // bounded by control_clients
};

}
