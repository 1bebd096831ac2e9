// Verification of addresses: the routers in verify mode, then a callout where it is asked for (manual 44.45 to 44.51);
// and what a client and the logs hear of a sender that did not verify (44.50).
#pragma once

#include <string>

#include "common/acl/context.h"
#include "common/mail/policy_state.h"
#include "router/callouts.h"
#include "router/protocol.h"

namespace gp::router {

class Verification final : public acl::Verifier {
public:
    // `office` may be null: then no callouts are made, as with -bh. `state` is the message's.
    Verification(const World& world, expand::Scene& scene, std::string_view sender, mail::PolicyState& state, CalloutOffice* office)
        : world_(world), scene_(scene), sender_(sender), state_(state), office_(office)
    {
    }
    acl::Verified sender(std::string_view address, const acl::VerifyOptions& options) override;
    acl::Verified recipient(std::string_view address, const acl::VerifyOptions& options) override;
    acl::Verified header_sender(std::string_view address, const acl::VerifyOptions& options) override;

    // control = cutthrough_delivery: behind the ACL of RCPT that has accepted the recipient (manual 44.20).
    void cut_through(const Ask& question, std::string_view recipient, AskReply& reply);

    // Adds to a refusal what is to be said of the sender before it, once for each message.
    void tell_bad_sender(AskReply& reply);

private:
    enum class Of { sender, recipient, header };
    struct BadSender { // the last one that was not good
        std::string address, details, log_text;
        std::string word;
        bool is_deferred = false, by_callout = false;
        bool is_messages = true; // false: another address that the ACL names (verify = sender=…)
    };
    acl::Verified verify(std::string_view address, Of what, const acl::VerifyOptions& options);
    void call_out(const Routed& routed, Of what, std::string_view address, const acl::CalloutWish& wish, acl::Verified& out);
    bool is_known_room(const std::string& key, const acl::QuotaWish& wish, acl::Verified& out);
    void check_room(const Routed& routed, const std::string& key, const acl::QuotaWish& wish, acl::Verified& out);
    void refused(const CalloutOutcome& outcome, Of what, acl::Verified& out);
    void deferred(const CalloutOutcome& outcome, Of what, std::string_view address, acl::Verified& out);
    std::string qualified_name(std::string_view address, bool is_sender) const;
    std::string deferral(bool of_recipient, const Unrouted& trouble) const;
    bool tells_details() const;

    const World& world_;
    expand::Scene& scene_;
    const std::string_view sender_;
    mail::PolicyState& state_;
    CalloutOffice* office_;
    bool is_cut_through() const;
    bool requires_tls() const; // the message
    bool passes_deferrals() const;
    void begin_cut(const Ask& question, std::string_view recipient, AskReply& reply);

    ipc::Fd held_; // of a callout with hold, for the recipient itself
    std::optional<BadSender> bad_;
    std::string details_, log_detail_; // of the verification in hand
};

}
