// The control socket: what an operator, or the owner of a message, may see and order. One Operator for each
// connection; it lives as long as its channel.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/ipc/endpoint.h"
#include "qmgr/access.h"
#include "qmgr/admission.h"
#include "qmgr/core.h"
#include "cleanup/spoold/protocol.h"
#include "qmgr/import_protocol.h"
#include "qmgr/protocol.h"
#include "qmgr/queue_runs.h"
#include "qmgr/recorder.h"

namespace gp::qmgr {

struct Desk { // what operators work with
    Core& core;
    Recorder& recorder;
    Admission& admission;
    QueueRuns& runs;
    // What has not begun of this attempt does not, and the message is removed when it is over.
    std::function<void(Message& message, const std::string& who)> remove_after;
};

class Operator : public ipc::Endpoint<List, Show, Operate, Run, Status, Watch, Note, spoold::LargePart, Import, AskAccounts> {
public:
    Operator(const Desk& desk, const Caller& caller) : desk_(desk), core_(desk.core), caller_(caller) {}

    Result<ListReply> answer(const List& question, ipc::Channel& from) override;
    Result<ShowReply> answer(const Show& question, ipc::Channel& from) override;
    Result<OperateReply> answer(const Operate& order, ipc::Channel& from) override;
    Result<RunReply> answer(const Run& order, ipc::Channel& from) override;
    Result<StatusReply> answer(const Status& question, ipc::Channel& from) override;
    Result<ipc::Done> answer(const Watch& question, ipc::Channel& from) override;
    Result<ipc::Done> answer(const Note& note, ipc::Channel& from) override;
    Result<ipc::Done> answer(const spoold::LargePart& part, ipc::Channel& from) override;
    Result<ipc::Done> answer(const Import& order, ipc::Channel& from) override;
    Result<AccountsReply> answer(const AskAccounts& question, ipc::Channel& from) override;

    // Answers may still be on their way when the channel is gone. Suspends.
    void wait_until_idle();

private:
    struct Busy { // an answer is on its way
        explicit Busy(Operator& of) : owner(of) { ++owner.busy_; }
        ~Busy()
        {
            if (--owner.busy_ == 0)
                owner.idle_.notify();
        }
        Busy(const Busy&) = delete;
        Busy& operator=(const Busy&) = delete;
        Operator& owner;
    };
    struct Order;   // one row of the table of orders
    struct Subject; // a message that an order is about
    static const Order orders[];

    gp::Status wait_for_whole_queue() const; // suspends
    Listed listed(const QueueId& id, const IndexEntry& entry) const;
    void add_pace(Listed& message, const IndexEntry& entry) const;
    void add_envelope(Listed& message, const mail::Envelope& envelope) const;
    void count_entries(StatusReply& reply) const; // suspends
    std::uint64_t count_in(const std::string& queue) const;
    ListReply brief_page(const List& question) const;
    std::optional<Listed> listed_of(const spoold::Entry& found) const;
    Result<std::string> obey(const Order& order, const Operate& whole, const QueueId& id);
    bool has_ended(const QueueId& id) const;
    void wait_for_its_turn(const QueueId& id, const event::Deadline& patience) const; // suspends
    Result<OperateReply> forget(const Operate& order);
    gp::Status is_allowed(const Order& order, const QueueId& id);
    Result<std::string> obey_claimed(const Order& order, const Operate& whole, const QueueId& id,
                                     std::optional<Attempt>& then);
    std::vector<std::string> held_for(const std::string& account);
    std::vector<std::string> remove_active(const std::string& account, const std::string& who);
    std::string name_of(const Operate& order, const mail::Envelope& envelope) const;

    Result<std::string> retry(Subject& subject);
    gp::Status note_thaw(Subject& subject, bool is_thawed);
    Result<std::string> hold(Subject& subject);
    Result<std::string> release(Subject& subject);
    Result<std::string> remove(Subject& subject);
    Result<std::string> give_up(Subject& subject);
    Result<std::string> add_recipient(Subject& subject);
    Result<std::string> mark_delivered(Subject& subject);
    Result<std::string> mark_all_delivered(Subject& subject);
    Result<std::string> edit_sender(Subject& subject);
    Result<std::string> set_queue(Subject& subject);
    Result<std::string> mark(Subject& subject, const std::vector<std::uint32_t>& recipients);
    Result<ipc::Done> commit_import(const Import& order);
    void abandon_import();
    gp::Status write(const spoold::Record& record);
    gp::Status rewrite(Subject& subject);

    Desk desk_;
    Core& core_;
    Caller caller_;
    std::string importing_; // whose body is coming in parts
    std::size_t busy_ = 0;
    event::Notice idle_;
};

}
