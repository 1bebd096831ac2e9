// The clients whose messages are with cleanup: it asks whether they still wait for their answers, before it commits.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/event/loop.h"

namespace gp::smtpd {

class WaitingClients {
    struct Look {
        std::function<bool()> is_there;
        bool is_under_way = false;
        event::Notice over;
    };

public:
    // A message for whose answer somebody waits, as long as this lives. `is_there` looks at the connection; within TLS
    // it may suspend for a moment.
    class Place {
    public:
        Place(WaitingClients& clients, std::string id, std::function<bool()> is_there)
            : clients_(clients), id_(std::move(id)), look_(std::make_shared<Look>())
        {
            look_->is_there = std::move(is_there);
            clients_.all_[id_] = look_;
        }
        // Suspends while somebody looks: at a session that must not go meanwhile.
        ~Place()
        {
            clients_.all_.erase(id_);
            while (look_->is_under_way)
                (void)look_->over.wait(event::Deadline::never());
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

    private:
        WaitingClients& clients_;
        const std::string id_;
        const std::shared_ptr<Look> look_;
    };

    // False for a message of which nothing is known: its session has ended. One look at a time.
    bool is_there(const std::string& id) const
    {
        const auto found = all_.find(id);
        if (found == all_.end())
            return false;
        const auto look = found->second;
        if (look->is_under_way)
            return true;
        look->is_under_way = true;
        const bool is_there = look->is_there();
        look->is_under_way = false;
        look->over.notify();
        return is_there;
    }

private:
    std::map<std::string, std::shared_ptr<Look>, std::less<>> all_; // one for each session at most
};

}
