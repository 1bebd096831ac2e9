// The clients whose messages are with cleanup: it asks whether they still wait for their answers, before it commits.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace gp::smtpd {

class WaitingClients {
public:
    // A message for whose answer somebody waits, as long as this lives. `is_there` looks at the connection and waits
    // for nothing.
    class Place {
    public:
        Place(WaitingClients& clients, std::string id, std::function<bool()> is_there) : clients_(clients), id_(std::move(id))
        {
            clients_.all_[id_] = std::move(is_there);
        }
        ~Place() { clients_.all_.erase(id_); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

    private:
        WaitingClients& clients_;
        const std::string id_;
    };

    // False for a message of which nothing is known: its session has ended.
    bool is_there(const std::string& id) const
    {
        const auto found = all_.find(id);
        return found != all_.end() && found->second();
    }

private:
    std::map<std::string, std::function<bool()>, std::less<>> all_; // one for each session at most
};

}
