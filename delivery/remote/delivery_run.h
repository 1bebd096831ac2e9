// One delivery request from beginning to end: the hosts in turn, each with the addressees that are still without a
// fortune, over connections that are warm or new; and what qmgr is told about it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/registry.h"
#include "common/ipc/link.h"
#include "delivery/protocol.h"
#include "delivery/remote/dkim_signing.h"
#include "delivery/remote/host_walk.h"
#include "delivery/remote/router_questions.h"
#include "delivery/remote/send_now_protocol.h"
#include "delivery/remote/transaction.h"
#include "delivery/remote/warm_links.h"
#include "router/login_protocol.h"

namespace gp::remote {

class HeldLinks;

// What all deliveries of the process share.
struct Workshop {
    const Parameters& parameters;
    const Registry<Protocol>& protocols;
    TlsContexts& contexts;
    WarmLinks& warm;
    DkimSigner dkim;
    event::Gate& connections; // connections_max
    ipc::Link& spoold;
    ipc::Link* router;        // null: host lists that need it are errors
    ipc::Link* launcher = nullptr; // null: no transport has a filter
    const Clock& clock;
    HostWalk::Random random;
    std::uint64_t runs = 0;   // deliveries begun
    HeldLinks* held = nullptr; // null: no callout's connection is held for a message
};

class DeliveryRun {
public:
    // Over the hosts of its instruction, or over the one connection that ATRN turned around.
    DeliveryRun(Workshop& workshop, const delivery::Deliver& request, TurnedLink* turned = nullptr);
    // Of a message that came with the request: to all or none, and the spool hears nothing.
    DeliveryRun(Workshop& workshop, const SendNow& request) : DeliveryRun(workshop, request.delivery) { brought_ = &request; }
    // Each target has an outcome in the reply, whatever happens.
    // `spoken` is told when no host is needed any more, and what was delivered is still to be recorded.
    delivery::DeliverReply run(const std::function<void()>& spoken = {});

private:
    struct Pending { // a target without a fortune yet
        std::size_t target;
        bool tried_here = false;         // at the host of this moment
        bool temporary_seen = false;     // one host at least may take it later
        bool is_culprit = true;          // the trouble is about it alone
        std::optional<Trouble> last;
        std::optional<HostAddress> host; // whose trouble it is
    };
    struct Settings {
        SmtpOptions options;
        const Protocol* protocol = nullptr;
        std::uint16_t port = 0;
    };

    Result<Settings> read_settings() const;
    void walk(const Settings& settings);
    void visit_turned(const Conditions& conditions); // turned_session.cpp
    void visit(const Conditions& conditions, const HostAddress& host);
    std::unique_ptr<ClientSession> session_for(const Conditions& conditions, const HostAddress& host, bool fresh, bool& warm);
    std::uint32_t most_messages(const ClientSession& session) const; // over it; 0: any number
    bool deliver_over(const Conditions& conditions, std::unique_ptr<ClientSession> session, bool warm);
    void put_away(std::unique_ptr<ClientSession> session, bool keep);
    void note_connection(const ClientSession& session);
    void note_closed(std::vector<router::Option> facts);
    router::ExpandOption event_question() const;
    std::vector<Addressee> next_batch(const ClientSession& session) const;
    Letter letter() const;
    Result<const MessageContent*> filter(const ClientSession& session, const std::vector<Addressee>& addressees);
    void complete(MessageContent& content, const SmtpOptions& options) const;
    Status sign(MessageContent& content, const SmtpOptions& options) const;
    Status fetch(const SmtpOptions& options);
    Result<spoold::Fetched> message_of_spool();

    // What became of them.
    void take(const Addressee& addressee, const Fortune& fortune, const TransactionResult& result,
              const ClientSession& session, bool reused);
    void trouble_for(Pending& one, const Trouble& trouble, const HostAddress* host, bool is_culprit);
    void trouble_for_all(const Trouble& trouble, const HostAddress* host = nullptr);
    void note_host(const HostAddress& host, const Trouble& trouble);
    void close_pending();
    void forget(std::size_t target);

    // What spoold hears.
    Status finishing(std::span<const std::size_t> targets);
    void record(std::vector<std::size_t> targets);
    Status tell_delivered(const std::vector<std::size_t>& targets);

    Workshop& workshop_;
    const delivery::Deliver& request_;
    TurnedLink* const turned_;
    const SendNow* brought_ = nullptr; // the message itself; null: it is in the spool
    const std::uint64_t run_; // of all of this process
    event::Deadline until_;
    delivery::DeliverReply reply_;
    std::vector<Pending> pending_;
    std::shared_ptr<ipc::Channel> spool_; // the one that has our lease
    std::optional<MessageContent> content_;
    std::optional<MessageContent> filtered_; // what the transport's filter made of it for the transaction of this moment
    const SmtpOptions* options_ = nullptr;   // while hosts are walked
    RouterQuestions* questions_ = nullptr;   // likewise
    std::string key_;                     // of warm sessions at the host of this moment
    std::vector<delivery::HostFailure> due_with_next_; // log lines for when another host is tried
    // Where the transport has an event_action, and while hosts are walked.
    std::function<std::string(std::string_view event, std::string_view data, std::vector<router::Option> facts)> event_;
    bool unfit_for_tls_ = false;          // the host that was visited last is none for a message with REQUIRETLS
    bool to_be_repeated_ = false;         // Transaction::to_be_repeated, of the last one
    std::uint32_t transactions_ = 0;
    std::size_t recording_ = 0;           // answers of spoold that are waited for
    event::Notice recorded_;
};

}
