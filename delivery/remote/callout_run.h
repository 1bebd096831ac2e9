// One callout from beginning to end: the hosts in turn until one says yes or no. A host is asked about an address
// that cannot exist, about the address itself, and about its postmaster, as far as the question wants (manual 44.46,
// 44.47).
#pragma once

#include <memory>
#include <string>

#include "delivery/remote/callout_protocol.h"
#include "delivery/remote/delivery_run.h"
#include "delivery/remote/held_links.h"

namespace gp::remote {

class CalloutRun {
public:
    CalloutRun(Workshop& workshop, const Callout& request);
    CalloutReply run();
    // The same about one more recipient of a message that is under way; a host, a sender or options that are not those
    // of the held session make it an unknown.
    CalloutReply go_on(HeldSession& held);

private:
    // Whether another host may be asked.
    enum class Then { next_host, done };
    struct Said { // of MAIL and RCPT
        Learnt verdict = Learnt::unknown;
        bool at_mail = false;
        Trouble trouble; // unless it is yes
        std::string sent;
    };

    void prepare(const std::function<void(std::uint16_t port)>& next);
    void walk(std::uint16_t port);
    Then visit(const HostAddress& host);
    bool open(const Conditions& conditions);
    Then converse(const Conditions& conditions);
    bool ask_random(const Conditions& conditions, Then& then);
    Then ask_postmaster(const Conditions& conditions);
    Then conclude(const Said& said, CalloutReply::At at);
    Said ask(const Conditions& conditions, const std::string& sender, const std::string& recipient);
    Said ask_again(const Conditions& conditions, const std::string& recipient); // in the same transaction
    Said said_of(const std::variant<ServerReply, Trouble>& reply, const Place& place);
    bool reset(const Conditions& conditions);
    std::variant<ServerReply, Trouble> expect(const Conditions& conditions, const Place& place);
    void put_away();
    bool may_be_cut_through() const;

    Workshop& workshop_;
    const Callout& request_;
    SmtpOptions options_;
    std::string key_; // of the session among the warm ones
    event::Deadline until_;
    CalloutReply reply_;
    HostAddress host_;
    std::unique_ptr<ClientSession> session_;
    std::string unfit_;   // why a host is not fit for a message with REQUIRETLS; the last one
    bool all_unfit_ = true; // that was it with each of them
    HeldSession* joins_ = nullptr; // whose session is used, and none opened
};

}
