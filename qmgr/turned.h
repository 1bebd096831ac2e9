// A connection that ATRN turned around (RFC 2645), as qmgr has it: whose mail goes over it, and the way to remote, which
// speaks over it. An attempt that has one delivers over it and in no other way.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/event/loop.h"
#include "common/ipc/channel.h"
#include "common/mail/envelope.h"
#include "delivery/protocol.h"

namespace gp::qmgr {

class Turned {
public:
    Turned(std::vector<std::string> domains, mail::Origin client, event::Deadline until, std::shared_ptr<ipc::Channel> remote);
    ~Turned();

    bool wants(std::string_view domain) const;
    bool wants(const mail::Envelope& envelope) const; // a recipient of it who is not done
    bool shares_domain_with(const std::vector<std::string>& others) const;
    const mail::Origin& client() const { return client_; }
    std::string domains() const; // "a.example,b.example"

    // What routers see of it: $atrn_host, $atrn_mode.
    std::vector<mail::Variable> variables() const;
    // Has the delivery go to the client and to nobody else.
    void redirect(router::Delivery& delivery) const;

    // One message; what the link's own end keeps back is put off without blame. Errors are those of a call. Suspends.
    Result<delivery::DeliverReply> deliver(const delivery::Deliver& request, event::Deadline until);
    void close(); // remote says QUIT
    bool is_over() const { return !over_.empty() || until_.expired(); }
    const std::string& why_over() const { return over_; }
    std::size_t delivered = 0, kept = 0; // addresses: that have gone, and that were offered and stay

private:
    Result<delivery::DeliverReply> over_the_link(const delivery::Deliver& request, event::Deadline until, std::chrono::seconds waited);

    std::vector<std::string> domains_; // lower case
    mail::Origin client_;
    event::Deadline until_;
    std::shared_ptr<ipc::Channel> remote_;
    std::string over_;
    event::Gate turn_{1}; // one message at a time: the others can still be put off
};

}
