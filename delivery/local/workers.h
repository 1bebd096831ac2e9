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
#include <optional>
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
    // What a file is to a user, in a child's own words; within user_file_timeout.
    Result<launcher::FileReply> look(const launcher::FileQuestion& question);
    // What a program says, run by a child of its own.
    Result<launcher::ProgramReply> run(const launcher::ProgramQuestion& question);
    std::size_t idle() const; // children that wait for another message

private:
    struct Worker {
        std::uint64_t number = 0; // in the nursery
        std::unique_ptr<event::FdStream> stream;
        std::uint32_t served = 0;
        event::TimePoint born, idle_since;
    };
    using Pool = std::list<Worker>;

    Result<Worker> hire(int large);
    std::optional<Worker> take_idle(const std::string& key);
    Result<launcher::FileReply> look(const launcher::FileQuestion& question, std::optional<Worker> worker, event::Deadline until);
    Status tell(Worker& worker, const Order& order, event::Deadline until);
    Result<delivery::DeliverReply> order(Worker& worker, const Job& job, bool kept, event::Deadline until);
    Result<delivery::DeliverReply> hear(Worker& worker, const Job& job, event::Deadline until);
    template <class Reply>
    Result<Reply> hear_once(Worker& worker, event::Deadline until);
    void keep(const std::string& key, Worker worker);
    void dismiss(Worker worker, bool is_stuck);
    void tick();

    const launcher::Parameters& parameters_;
    Nursery& nursery_;
    const Submit submit_;
    std::map<std::string, Pool> idle_;
    std::map<std::uint32_t, std::size_t> looking_; // looks under way, by uid
    std::size_t alive_ = 0; // children that the nursery has not reported gone
    event::Timer ticker_;
};

}
