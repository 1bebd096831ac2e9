// Connections that callouts left open for whoever asked (cut_protocol.h): each belongs to the holders of one end of a
// socket pair, and ends with them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/ipc/endpoint.h"
#include "delivery/remote/callout_protocol.h"
#include "delivery/remote/cut_protocol.h"
#include "delivery/remote/delivery_run.h"

namespace gp::remote {

// A session whose host has accepted the sender and these recipients, and waits for DATA.
struct HeldSession {
    std::unique_ptr<ClientSession> session;
    std::string key; // warm_key of the callout
    HostAddress host;
    std::string sender;
    std::vector<std::string> recipients;
    bool eight_bit = false, smtputf8 = false; // as MAIL said
    bool is_for_more = false; // where no message comes it is kept for what else goes there
};

class HeldLinks final : public ipc::Endpoint<Callout, CutThrough> {
public:
    explicit HeldLinks(Workshop& workshop) : workshop_(workshop) {}

    // The other end; none when there are too many (connections_max), and `held` is as it was.
    ipc::Fd hold(HeldSession& held);
    void close_all();

    Result<CalloutReply> answer(const Callout& question, ipc::Channel& from) override;
    Result<delivery::DeliverReply> answer(const CutThrough& question, ipc::Channel& from) override;
    void peer_gone(ipc::Channel& from) override;

private:
    struct Link {
        std::shared_ptr<ipc::Channel> channel;
        HeldSession held; // without a session while it is in use
    };
    // What a link holds; an error when it is in use or was.
    Result<HeldSession> take(const ipc::Channel& from);
    void end(std::unique_ptr<ClientSession> session);

    Workshop& workshop_;
    std::map<std::uint64_t, Link> links_; // by Channel::id
};

}
