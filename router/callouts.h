// Callouts: the hosts of an address are asked whether they take mail for it, and what they said is remembered for a
// time (manual 44.46 to 44.48). remote talks to the hosts, tally remembers; this file knows what is asked, what
// answers older ones save, and Exim's words for what came of it.
#pragma once

#include <optional>
#include <string>

#include "common/acl/context.h"
#include "common/event/deadline.h"
#include "delivery/remote/callout_protocol.h"
#include "router/policy_protocol.h"
#include "router/world.h"

namespace gp::router {

// Who makes callouts and who remembers them. -bhc has its own; -bh has none.
class CalloutOffice {
public:
    virtual ~CalloutOffice() = default;
    virtual Result<remote::CalloutReply> call(const remote::Callout& question, event::Deadline until) = 0;
    // Over a connection that an earlier one holds (remote::CutThrough).
    virtual Result<remote::CalloutReply> call_again(const ipc::Fd& held, const remote::Callout& question, event::Deadline until);
    // Nothing: never heard, or forgotten.
    virtual std::optional<std::string> recall(const std::string& key) = 0;
    virtual void remember(const std::string& key, const std::string& value, Duration lifetime) = 0;
};

// A yes or no that the office remembers, and how long ago it was found: whoever asks says how long it counts.
struct OldVerdict {
    bool is_good = false;
    std::chrono::seconds age{};
};
// `now`: seconds. Nothing: never found, forgotten, or unreadable.
std::optional<OldVerdict> recall_verdict(CalloutOffice& office, const std::string& key, std::int64_t now);
void remember_verdict(CalloutOffice& office, const std::string& key, bool is_good, std::int64_t now, Duration lifetime);

struct CalloutOutcome {
    acl::Truth truth = acl::Truth::yes;
    std::string word;      // $sender_verify_failure: "mail", "recipient", "postmaster"; "random" when all is taken
    std::string details;   // "Called:   …\nSent:     …\nResponse: …", or that an older result was used
    std::string response;  // of the host; lines separated by \n
    std::string log_text;  // "host [address] : what it said"; empty: an older result was used
    bool is_old = false;   // nobody was called
    bool is_taken = false; // a host said that it takes mail for the address
    ipc::Fd held;          // with hold: the connection
};

class Callouts {
public:
    Callouts(const World& world, CalloutOffice& office) : world_(world), office_(office) {}

    struct About {
        bool of_recipient = false;
        bool requires_tls = false; // the message that is coming in (RFC 8689): it is none of other hosts' business
    };
    // Asks the hosts of a delivery. `sender` is the message's.
    CalloutOutcome ask(const Delivery& delivery, const acl::CalloutWish& wish, const About& about, std::string_view sender,
                       expand::Scene& scene);

    // Opens the way for a message that is to be cut through, or adds a recipient to the one that is held.
    Result<remote::CalloutReply> begin(const Delivery& delivery, const Ask& question);

private:
    struct Plan { // what is to be asked
        const acl::CalloutWish& wish;
        std::string address, domain, sender;
        bool random = false, postmaster = false;
    };
    std::optional<CalloutOutcome> known_already(Plan& plan);
    std::optional<bool> recalled(const std::string& key, std::string_view good_for, std::string_view bad_for);
    Result<remote::Callout> question_for(const Plan& plan, const Delivery& delivery, expand::Scene& scene) const;
    void learn(const Plan& plan, const remote::CalloutReply& reply);
    void note(const std::string& key, remote::Learnt learnt, std::string_view good_for, std::string_view bad_for);
    Duration lifetime(std::string_view option) const;

    const World& world_;
    CalloutOffice& office_;
};

}
