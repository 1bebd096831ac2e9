// Links to services that live in the same process with the test, over real channels.
#pragma once

#include <memory>
#include <vector>

#include "common/event/loop.h"
#include "common/ipc/link.h"
#include "tests/support/sockets.h"

namespace gp::test {

class Switchboard {
public:
    // Our end of a new channel; `far` answers what is asked, `notices` gets what the service tells on its own.
    std::shared_ptr<ipc::Channel> connect(ipc::Dispatcher& far, ipc::Dispatcher* notices = nullptr)
    {
        auto [ours, theirs] = channel_pair(notices, &far);
        channels_.push_back(ours);
        channels_.push_back(theirs);
        return ours;
    }
    void connect(ipc::Link& link, ipc::Dispatcher& far, ipc::Dispatcher* notices = nullptr)
    {
        link.add(connect(far, notices));
    }
    // Ends all conversations; on the test's fiber, before what they serve goes.
    void hang_up()
    {
        for (auto& channel : channels_)
            channel->close("");
        channels_.clear();
        event::sleep_for(Duration{1});
    }

private:
    std::vector<std::shared_ptr<ipc::Channel>> channels_;
};

}
