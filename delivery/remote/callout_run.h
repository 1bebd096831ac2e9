// One callout from beginning to end: the hosts in turn until one says yes or no. A host is asked about an address
// that cannot exist, about the address itself, and about its postmaster, as far as the question wants (manual 44.46,
// 44.47).
#pragma once

#include <memory>
#include <string>

#include "delivery/remote/callout_protocol.h"
#include "delivery/remote/delivery_run.h"

namespace gp::remote {

class CalloutRun {
public:
    CalloutRun(Workshop& workshop, const Callout& request);
    CalloutReply run();

private:
    // Whether another host may be asked.
    enum class Then { next_host, done };
    struct Said { // of MAIL and RCPT
        Learnt verdict = Learnt::unknown;
        bool at_mail = false;
        Trouble trouble; // unless it is yes
        std::string sent;
    };

    void walk();
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

    Workshop& workshop_;
    const Callout& request_;
    SmtpOptions options_;
    std::string key_; // of the session among the warm ones
    event::Deadline until_;
    CalloutReply reply_;
    HostAddress host_;
    std::unique_ptr<ClientSession> session_;
};

}
