// The launcher's children: born for one delivery, or kept for the next ones of the same user to the same
// mailbox, since most of what a delivery costs is the fork, the change of uid and the walls.
//
// A kept child serves deliveries that it could have been born for: same driver, ids, directories and reach
// (Transport::reach). It is bounded in messages, age and idleness, gets its orders over a socket pair and
// loses nothing of its walls. What it says is as hostile as ever.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/event/loop.h"
#include "common/event/stream.h"
#include "delivery/local/nursery.h"
#include "delivery/local/transport.h"

namespace gp::local {

class Workers {
public:
    // What to do with a message that a child wants to be submitted.
    // Its id; empty when there was nobody to send it to.
    using Submit = std::function<Result<std::string>(const Job& job, std::string octets)>;
    Workers(const launcher::Parameters& parameters, Nursery& nursery, Submit submit = {});
    ~Workers();
    // On a fiber, until the child has reported.
    Result<delivery::DeliverReply> deliver(const Job& job, const Transport& transport, event::Deadline until);
    std::size_t idle() const; // children that wait for another message

private:
    struct Worker {
        std::uint64_t number = 0; // in the nursery
        std::unique_ptr<event::FdStream> stream;
        std::uint32_t served = 0;
        event::TimePoint born, idle_since;
    };
    using Pool = std::list<Worker>;

    Result<Worker> hire(const Job& job);
    Result<delivery::DeliverReply> order(Worker& worker, const Job& job, bool kept, event::Deadline until);
    Result<delivery::DeliverReply> hear(Worker& worker, const Job& job, event::Deadline until);
    Result<delivery::DeliverReply> hear_once(Worker& worker, event::Deadline until);
    void keep(const std::string& key, Worker worker);
    void dismiss(Worker worker, bool is_stuck);
    void tick();

    const launcher::Parameters& parameters_;
    Nursery& nursery_;
    const Submit submit_;
    std::map<std::string, Pool> idle_;
    std::size_t alive_ = 0; // children that the nursery has not reported gone
    event::Timer ticker_;
};

}
