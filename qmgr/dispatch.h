// Hands deliveries to the agents and takes their answers in.
//
// A message's jobs are handed to the scheduler a few at a time: local ones first (manual 3.13: all local
// deliveries happen before any remote ones; here they wait for them a moment at most), no more at once than
// remote_max_parallel and local_max_parallel. Before a delivery starts, retry times are looked up: hosts
// whose time has not come are left out, and when none is left nothing is started.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "common/ipc/endpoint.h"
#include "delivery/protocol.h"
#include "qmgr/core.h"
#include "qmgr/serial_hosts.h"
#include "qmgr/settle.h"

namespace gp::qmgr {

class Dispatch : public ipc::Endpoint<delivery::Spoken> {
public:
    // `over` is told, outside of any suspension, when a message may have nothing unsettled left.
    // `shorter` is told when a destination has one job less, and `eased` when meters have.
    struct Told {
        std::function<void(Message&)> over;
        std::function<void(const std::string& destination)> shorter;
        std::function<void(const Paces::Meters& meters)> eased;
        std::function<void(const std::vector<QueueId>& made)> precede; // see Closing; suspends
    };
    Dispatch(Core& core, Settle& settle, Told told) : core_(core), settle_(settle), told_(std::move(told)) {}

    void notice(const delivery::Spoken& what, ipc::Channel& from) override; // of the agents

    // As many jobs of the message as may be in the scheduler now. Jobs for a destination with a long queue, and for a
    // pace for which many wait, are not handed in: their pieces become parked.
    void hand_in(Message& message);
    // Takes back what has not started; its pieces become troubled.
    void stop(Message& message, std::string_view why);
    // Starts what can start now. False when there may be more: call again soon.
    bool start_deliveries(std::size_t most);
    // Messages whose remote deliveries have waited long enough for the local ones.
    void tick();

private:
    bool carries(const Assignment& assignment) const;
    std::size_t window_of(const Group& group) const;
    bool hand_in_group(Message& message, std::uint32_t index, std::size_t parallel);
    void park(Message& message, Group& group);
    void begin(const Assignment& assignment);
    std::optional<Handed> prepare(Message& message, const Assignment& assignment, delivery::Deliver& request);
    bool may_try(Message& message, Piece& piece, Agent agent);
    bool has_come(Message& message, const std::string& key, std::string_view subject,
                  std::string_view alternate, Piece& piece, std::int32_t number, std::string_view text);
    bool choose_hosts(Message& message, Handed& handed, delivery::Deliver& request);
    Paces::Hosts first_hosts(const Message& message, const router::Delivery& instruction) const;
    bool spare_others(const Message& message, Handed& handed, delivery::Deliver& request);
    void lift_limit(const Message& message, const Piece& piece, router::Delivery& instruction) const;
    bool must_skip(Message& message, const Piece& piece, const router::Delivery& instruction,
                   const router::Host& host, const std::string& address, Handed& handed);
    void no_host_left(Message& message, const Handed& handed);
    void hosts_are_busy(Message& message, const Handed& handed);
    void fill(Message& message, const Handed& handed, delivery::Deliver& request) const;
    Result<delivery::DeliverReply> hand_over(const Assignment& assignment, delivery::Deliver& request, event::Deadline until);
    bool may_speak_early(const Message& message, const Handed& handed, const Assignment& assignment) const;
    void carry(Assignment assignment, Handed handed, delivery::Deliver request);
    void charge(const Message& message, const Handed& handed, const delivery::DeliverReply& reply);
    void orphan(Message& message, const Handed& handed, const Error& error);
    void end(const Assignment& assignment, Feedback feedback, std::int64_t seconds);

    Core& core_;
    Settle& settle_;
    Told told_;
    SerialHosts serial_hosts_;
    std::unordered_map<std::uint64_t, Assignment*> speaking_; // by Deliver::number, until they are spoken or answered
    std::uint64_t last_number_ = 0;
    std::vector<std::uint64_t> holding_; // messages that hold remote deliveries back
};

}
