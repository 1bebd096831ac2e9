// A whole queue manager between small services in the same process: a spool in memory, a router, agents and
// a bounce agent that do what the test tells them. All talk over real channels, so each side can die, forget
// to answer, and come back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/ipc/endpoint.h"
#include "qmgr/manager.h"
#include "router/retry_lists_protocol.h"
#include "tests/support/fiber_test.h"
#include "tests/support/sockets.h"

namespace gp::qmgr::test {

// The process of a service: its end of the channel, and what happens to it.
class Process {
public:
    virtual ~Process() = default;
    virtual ipc::Dispatcher& endpoint() = 0;
    void connect(ipc::Link& link, ipc::Dispatcher* notices = nullptr);
    void die(); // the channel closes; what was being done is never done
    void cut(); // the channel closes, for the other side died: what was begun is finished
    bool is_up() const { return channel_ && channel_->is_open(); }

protected:
    std::shared_ptr<ipc::Channel> channel_;
    int life_ = 0;
};

class FakeSpool : public Process,
                  public ipc::Endpoint<spoold::Snapshot, spoold::GetEnvelope, spoold::Search, spoold::Numbers, spoold::Record, spoold::Fetch,
                                       spoold::Release> {
public:
    struct Stored {
        mail::Envelope envelope;
        std::int64_t next_try = 0;
        std::string reason;
        unsigned leases = 0;
        bool told_leased = false;
        bool uncertain = false;
        std::set<std::string> children;
    };

    ipc::Dispatcher& endpoint() override { return *this; }
    void put(mail::Envelope envelope); // committed: told to the subscriber
    void arrived_again(const std::string& id);
    void delivered(const std::string& id, const std::vector<std::uint32_t>& recipients,
                   const std::vector<std::string>& children);
    void lease(const std::string& id);
    // The manager is told when the agent was lost, or when it knew of the lease.
    void lease_ended(const std::string& id, bool lost, bool uncertain = false);

    Result<spoold::SnapshotReply> answer(const spoold::Snapshot& question, ipc::Channel& from) override;
    Result<spoold::GetEnvelope::Reply> answer(const spoold::GetEnvelope& question,
                                              ipc::Channel& from) override;
    Result<spoold::NumbersReply> answer(const spoold::Numbers&, ipc::Channel&) override { return spoold::NumbersReply{.segments = 3}; }
    Result<spoold::SearchReply> answer(const spoold::Search& question, ipc::Channel& from) override;
    Result<ipc::Done> answer(const spoold::Record& record, ipc::Channel& from) override;
    Result<spoold::Fetched> answer(const spoold::Fetch& fetch, ipc::Channel& from) override;
    void notice(const spoold::Release& release, ipc::Channel& from) override;

    std::map<std::string, Stored> messages;
    std::vector<spoold::Record> records;
    std::size_t snapshots = 0, envelopes_asked = 0;
    std::string headers = "Subject: test\r\n"; // of each message
    std::set<std::string> damaged; // cannot be read any more
    std::set<spoold::Record::Kind> refused; // records that cannot be written now
    int die_after_records = 0; // after so many more: recorded, but the answer is lost
    std::size_t page = 1000;

private:
    spoold::Entry entry_of(const std::string& id, bool with_envelope);
    mail::Envelope envelope_now(const Stored& stored) const;
};

class FakeRouter : public Process, public ipc::Endpoint<router::Route, router::ExpandOption, router::MatchRetryLists> {
public:
    ipc::Dispatcher& endpoint() override { return *this; }
    Result<router::RouteReply> answer(const router::Route& question, ipc::Channel& from) override;
    Result<router::Expanded> answer(const router::ExpandOption& question, ipc::Channel& from) override;

    Result<router::MatchedRetryLists> answer(const router::MatchRetryLists& question, ipc::Channel& from) override;

    // user@local.example to a mailbox, anything else to the host mx.DOMAIN [192.0.2.1].
    static router::RoutedRecipient usual(std::uint32_t index, const std::string& address);
    static router::Delivery to_host(const std::string& address, const std::string& host,
                                    const std::string& ip);
    static router::Delivery to_mailbox(const std::string& address);

    std::function<router::RoutedRecipient(std::uint32_t, const std::string&)> route = usual;
    std::uint32_t lifetime = 0;
    std::string expanded = "yes";
    std::size_t asked = 0, targets = 0;
    std::vector<router::Route> questions;
    bool silent = false; // dies instead of an answer
    bool wants_headers = false;
    std::string in_lists; // the subject that all lists of retry rules hold; "?": it cannot tell
    std::vector<router::MatchRetryLists> list_questions;
};

class FakeAgent : public Process, public ipc::Endpoint<delivery::Deliver> {
public:
    explicit FakeAgent(FakeSpool& spool) : spool_(spool) {}
    ipc::Dispatcher& endpoint() override { return *this; }
    Result<delivery::DeliverReply> answer(const delivery::Deliver& request, ipc::Channel& from) override;

    // What becomes of one target; delivered unless the test says otherwise.
    std::function<delivery::Outcome(const delivery::Deliver&, const delivery::Target&)> fate;
    std::function<void(const delivery::Deliver&, delivery::DeliverReply&)> finish;
    std::function<void(const delivery::Deliver&)> before; // may sleep, or let the agent die
    std::function<void(const delivery::Deliver&)> recording; // the host has been spoken to; may sleep
    std::vector<delivery::Deliver> requests;
    std::map<std::string, int> delivered; // "id address": how often
    std::size_t running = 0, most_running = 0;
    bool lease_outlives_death = false; // the test ends it

private:
    FakeSpool& spool_;
};

class FakeBounce : public Process, public ipc::Endpoint<delivery::Report> {
public:
    explicit FakeBounce(FakeSpool& spool) : spool_(spool) {}
    ipc::Dispatcher& endpoint() override { return *this; }
    Result<delivery::ReportReply> answer(const delivery::Report& report, ipc::Channel& from) override;

    std::vector<delivery::Report> reports;
    int die_after = 0; // after so many: committed, but the answer is lost
    bool refuses = false;

private:
    FakeSpool& spool_;
    int made_ = 0;
};

class Suite {
public:
    Suite();
    ~Suite();

    void start();   // a manager, and everybody connected
    void reload();  // with what the parameters are now
    void restart(); // the manager dies and comes back; the others live
    void advance(std::int64_t seconds);
    // Puts a message into the spool, as cleanup does. Its id.
    std::string send(const std::string& sender, const std::vector<std::string>& recipients,
                     const std::function<void(mail::Envelope&)>& change = {});
    bool wait_for(const std::function<bool()>& what, int milliseconds = 5000);
    void settle(); // until nothing is active
    RunReply run(const Run& order = {.wait = true});
    OperateReply operate(const std::string& order, const std::string& id,
                         const std::vector<std::string>& arguments = {});
    std::string told(); // main log since the last call, ids as A, B, C …
    bool spool_is_empty() const { return spool.messages.empty(); }

    Parameters parameters;
    ManualClock clock;
    FakeSpool spool;
    FakeRouter router;
    FakeAgent remote{spool}, launcher{spool};
    FakeBounce bounce{spool};
    std::unique_ptr<ipc::Link> spoold_link, router_link, remote_link, launcher_link, bounce_link;
    std::unique_ptr<Manager> manager;
    std::vector<std::string> rules{"* * F,2h,15m; G,16h,1h,1.5; F,4d,6h"};

private:
    std::string log_;
    std::map<std::string, char> names_;
    int sent_ = 0;
    std::shared_ptr<ipc::Channel> control_;
    void open_control();
    void let_go();

    // A manager that was stopped, and what its last fibers may still look at.
    struct Grave {
        std::vector<std::unique_ptr<ipc::Link>> links;
        std::unique_ptr<Manager> manager;
    };
    std::vector<Grave> graves_;
};

// The life of some messages in a suite of its own; `prepare` is done before it starts.
void play(const std::function<void(Suite&)>& life, const std::function<void(Suite&)>& prepare = {},
          Duration limit = Duration{20'000});

// Outcomes as remote would report them.
delivery::Outcome deferred(const std::string& text, const std::string& error_name, std::uint32_t code = 0);
delivery::Outcome failed(const std::string& text, std::uint32_t code);
// The only host is down.
void refuse_connections(FakeAgent& agent);
// What router says of every address when the router "filter" defers and freezes it.
std::function<router::RoutedRecipient(std::uint32_t, const std::string&)> frozen_by_a_filter(std::string why);

}
