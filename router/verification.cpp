#include "router/verification.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/smtp/reply_words.h"
#include "router/address_inquiry.h"
#include "router/switches_protocol.h"

namespace gp::router {
namespace {

using acl::Truth;
using acl::Verified;

// PolicyState::sender_verified: how well, and whether the client has heard why it is bad.
constexpr std::uint32_t routed_well = 1, called_well = 2, known_good = 3, told_bad = 4;

// Who asks for mail to an address whose MX records are wrong hears what is wrong with them.
std::string for_client(const std::string& text, std::string_view domain)
{
    if (!text.ends_with("(invalidly) to IP addresses"))
        return text;
    return "It appears that the DNS operator for " + std::string(domain) +
           "\nhas installed an invalid MX record with an IP address\ninstead of a domain name on the right hand side.";
}

// The delivery whose hosts can be called: the one that the address became, to another host.
const Delivery* to_call(const Routed& routed)
{
    if (routed.deliveries.size() + routed.unrouted.size() != 1 || routed.deliveries.empty())
        return nullptr;
    const auto& delivery = routed.deliveries.front();
    const bool is_local = !delivery.driver.empty() && delivery.driver != "smtp";
    return is_local || (delivery.hosts.empty() && delivery.driver.empty()) ? nullptr : &delivery;
}

// Beside the keys of what callouts have found (callouts.cpp).
std::string room_key(const std::string& address)
{
    return "Q/" + address;
}

constexpr std::string_view unreachable = "The mail server(s) for the domain may be temporarily unreachable, or\n"
                                         "they may be permanently unreachable from this server. In the latter case,\n";
constexpr std::string_view sender_advice = "you need to change the address or create an MX record for its domain\n"
                                           "if it is supposed to be generally accessible from the Internet.\n"
                                           "Talk to your mail administrator for details.";
constexpr std::string_view recipient_advice = "the address will never be accepted.";

constexpr std::string_view no_bounces = "\nThe initial connection, or a HELO or MAIL FROM:<> command was\n"
                                        "rejected. Refusing MAIL FROM:<> does not help fight spam, disregards\n"
                                        "RFC requirements, and stops you from receiving standard bounce\n"
                                        "messages. This host does not accept mail from domains whose servers\n"
                                        "refuse bounces.";
constexpr std::string_view no_postmaster = "\nSeveral RFCs state that you are required to have a postmaster\n"
                                           "mailbox for each mail domain. This host does not accept mail\n"
                                           "from domains whose servers reject the postmaster address.";

// Why this host does not want to verify an address is nobody's business outside.
bool is_ours(std::string_view why)
{
    return why == "remote host address is the local host" || why.ends_with(" router forced verify failure");
}

}

bool Verification::tells_details() const
{
    return world_.configuration().main.smtp_input.smtp_return_error_details;
}

namespace {

Verified told(std::string_view what, std::string_view address, Verified verified)
{
    if (log::debugging("verify"))
        log::debug("verify", "verifying " + std::string(what) + " <" + escape(address) + ">: " +
                                 (verified.truth == Truth::yes     ? std::string("good")
                                  : verified.truth == Truth::defer ? "deferred: " + escape(verified.why)
                                                                   : "failed (" + verified.failure + "): " + escape(verified.why)));
    return verified;
}

}

std::string Verification::qualified_name(std::string_view address, bool is_sender) const
{
    std::string name(address);
    const auto& site = world_.ground().world.site;
    if (mail::domain_of(address).empty())
        name += "@" + (is_sender ? site.qualify_domain : site.qualify_recipient);
    return world_.ground().rewriting.address(scene_, name, is_sender ? rewrite::env_from : rewrite::env_to);
}

// A sender that was found good is so for the rest of the message (manual 44.26).
Verified Verification::sender(std::string_view address, const acl::VerifyOptions& options)
{
    const bool is_messages = address == sender_;
    const auto needed = options.callout && office_ ? called_well : routed_well;
    if (is_messages && (state_.sender_verified & known_good) >= needed)
        return {.truth = Truth::yes, .address_data = state_.sender_address_data};
    auto verified = told("sender", address, verify(address, Of::sender, options));
    if (verified.truth == Truth::yes) {
        if (is_messages)
            state_.sender_verified = (state_.sender_verified & told_bad) |
                                     std::max(state_.sender_verified & known_good, options.callout && office_ ? called_well : routed_well);
        bad_.reset();
    } else if (!options.no_details) {
        bad_ = BadSender{.address = qualified_name(address, true), // as it was looked for
                         .details = details_,
                         .log_text = log_detail_,
                         .word = verified.failure,
                         .is_deferred = verified.truth == Truth::defer,
                         .by_callout = verified.by_callout,
                         .is_messages = is_messages};
    }
    return verified;
}

Verified Verification::recipient(std::string_view address, const acl::VerifyOptions& options)
{
    if (!options.quota)
        return told("recipient", address, verify(address, Of::recipient, options));
    const auto key = room_key(qualified_name(address, false));
    if (Verified known{.truth = Truth::yes}; is_known_room(key, *options.quota, known))
        return known;
    return told("recipient", address, verify(address, Of::recipient, options));
}

Verified Verification::header_sender(std::string_view address, const acl::VerifyOptions& options)
{
    return told("header sender", address, verify(address, Of::header, options));
}

Verified Verification::verify(std::string_view address, Of what, const acl::VerifyOptions& options)
{
    const bool is_sender = what != Of::recipient;
    const auto kind = is_sender ? Purpose::Kind::verify_sender : Purpose::Kind::verify_recipient;
    const auto routed = world_.chain().route(qualified_name(address, is_sender), 0,
                                             {.sender = is_sender ? std::string_view{} : sender_,
                                              .purpose = {.kind = kind, .measures = options.quota.has_value()},
                                              .base = &scene_});
    details_.clear();
    log_detail_.clear();
    Verified out{.truth = Truth::yes, .address_data = routed.address_data.text};
    if (options.success_on_redirect && !routed.children.empty())
        return out;
    if (const auto* trouble = obstacle(routed)) {
        const bool defers = trouble->why == Unrouted::Why::deferred;
        out.truth = defers ? Truth::defer : Truth::no;
        out.failure = "route";
        out.why = log_detail_ = trouble->text;
        details_ = for_client(trouble->text, mail::domain_of(trouble->address.empty() ? address : std::string_view(trouble->address)));
        const auto heard = details_;
        if (is_ours(trouble->text))
            details_.clear();
        out.message = defers ? deferral(!is_sender, *trouble) : is_sender ? "Sender verify failed" : heard;
        out.log_message = !is_sender ? trouble->text : defers ? "Could not complete sender verify" : "Sender verify failed";
        return out;
    }
    if (options.callout && office_)
        call_out(routed, what, address, *options.callout, out);
    if (options.quota && out.truth == Truth::yes)
        check_room(routed, room_key(qualified_name(address, false)), *options.quota, out);
    return out;
}

// What the client hears of a deferral (manual 14.23, smtp_return_error_details).
std::string Verification::deferral(bool of_recipient, const Unrouted& trouble) const
{
    const auto& why = trouble.text;
    if (of_recipient)
        return trouble.is_forced || tells_details() ? why : std::string{};
    if (!tells_details())
        return {};
    return (why.empty() ? "" : why + "\n") + "Could not complete sender verify";
}

// --- quota (manual 44.45, 44.49) ---

namespace {

// The delivery to the mailbox that the address became, if it is one.
const Delivery* to_measure(const Routed& routed)
{
    if (routed.deliveries.size() + routed.unrouted.size() != 1 || routed.deliveries.empty())
        return nullptr;
    const auto& delivery = routed.deliveries.front();
    return delivery.driver == "appendfile" && delivery.trouble.empty() ? &delivery : nullptr;
}

void no_room(Verified& out, std::string why)
{
    out.truth = Truth::no;
    out.failure = "quota";
    out.why = out.message = out.log_message = std::move(why);
}

}

// It counts for as long as this statement of the ACL says.
bool Verification::is_known_room(const std::string& key, const acl::QuotaWish& wish, Verified& out)
{
    const auto old = office_ ? recall_verdict(*office_, key, world_.ground().clock.seconds()) : std::nullopt;
    if (!old || old->age >= (old->is_good ? wish.cache_good : wish.cache_bad))
        return false;
    if (!old->is_good)
        no_room(out, "Previous (cached) quota verification failure");
    return true;
}

// In a test session there is nobody who could look: routing is all that is verified.
void Verification::check_room(const Routed& routed, const std::string& key, const acl::QuotaWish& wish, Verified& out)
{
    const auto* delivery = to_measure(routed);
    auto* eyes = world_.ground().eyes;
    if (!delivery || !eyes)
        return;
    const auto size = scene_.message ? scene_.message->size : 0;
    const auto reply = eyes->measure({.delivery = *delivery, .size = static_cast<std::uint64_t>(std::max<std::int64_t>(0, size))});
    if (!reply || reply->room == launcher::Room::unknown) {
        const auto why = reply ? escape(reply->text) : reply.error().text;
        out.truth = Truth::defer;
        out.why = out.log_message = "could not complete quota verification: " + why;
        out.message = tells_details() ? "Could not complete quota verification" : "";
        return;
    }
    const bool fits = reply->room == launcher::Room::enough;
    const auto lifetime = fits ? wish.cache_good : wish.cache_bad;
    if (office_ && lifetime > Duration{0})
        remember_verdict(*office_, key, fits, world_.ground().clock.seconds(), lifetime);
    if (!fits)
        no_room(out, "Over quota");
}

// --- callouts ---

void Verification::call_out(const Routed& routed, Of what, std::string_view address, const acl::CalloutWish& wish, Verified& out)
{
    const auto* delivery = to_call(routed);
    if (!delivery)
        return;
    Callouts callouts{world_, *office_};
    auto wanted = wish;
    const bool is_recipients = what == Of::recipient && wish.use_sender && !wish.random && !wish.postmaster_sender;
    wanted.hold |= is_recipients && is_cut_through();
    // A router that only verifies has hosts, and no transport says how to talk to them.
    const auto outcome = delivery->driver.empty() ? CalloutOutcome{.truth = Truth::defer}
                                                  : callouts.ask(*delivery, wanted, {.of_recipient = what == Of::recipient, .requires_tls = requires_tls()},
                                                                 sender_, scene_);
    if (is_recipients)
        held_ = outcome.held;
    out.truth = outcome.truth;
    out.failure = outcome.word;
    out.by_callout = true;
    if (outcome.truth == Truth::no)
        return refused(outcome, what, out);
    if (outcome.truth == Truth::defer)
        return deferred(outcome, what, address, out);
    if (outcome.is_taken) {
        out.taken_local_part = mail::local_part_of(delivery->address);
        out.taken_domain = mail::domain_of(delivery->address);
    }
    if (!outcome.word.empty()) // "random", of a success
        scene_.facts.set(what == Of::recipient ? "recipient_verify_failure" : "sender_verify_failure", Text::clean(outcome.word));
}

void Verification::refused(const CalloutOutcome& outcome, Of what, Verified& out)
{
    details_ = outcome.details;
    log_detail_ = outcome.log_text;
    out.why = outcome.is_old ? outcome.details : outcome.log_text;
    if (what == Of::recipient) {
        out.message = outcome.is_old ? outcome.details : "Callout verification failed:\n" + outcome.response;
        out.log_message = out.why;
    } else {
        out.message = out.log_message = "Sender verify failed";
    }
}

void Verification::deferred(const CalloutOutcome& outcome, Of what, std::string_view address, Verified& out)
{
    const bool is_recipient = what == Of::recipient;
    const std::string words = std::string("Could not complete ") + (is_recipient ? "recipient" : "sender") + " verify callout";
    const auto whole = words + (outcome.log_text.empty() ? "" : ": " + outcome.log_text);
    out.why = whole;
    out.message = words;
    out.log_message = is_recipient ? whole : words;
    details_.clear();
    log_detail_ = whole;
    if (!tells_details())
        return;
    details_ = whole;
    out.message = words + " for <" + std::string(address) + ">.\n" + std::string(unreachable) +
                  std::string(is_recipient ? recipient_advice : sender_advice);
}

// --- cutthrough_delivery ---

bool Verification::requires_tls() const
{
    return std::ranges::find(state_.switches, message_requires_tls) != state_.switches.end();
}

// With REQUIRETLS a message goes through the spool, whose deliveries know which hosts are fit for it.
bool Verification::is_cut_through() const
{
    if (requires_tls())
        return false;
    return std::ranges::any_of(state_.controls, [](std::string_view word) { return word.starts_with("cutthrough_delivery"); });
}

void Verification::cut_through(const Ask& question, std::string_view recipient, AskReply& reply)
{
    if (reply.verdict != Verdict::accept || !is_cut_through())
        return;
    const bool is_first = question.recipients_count == 0;
    // What is not to be told apart from other messages goes through the spool with them: PRDR has its own replies, and a
    // system filter wants to see each message.
    const bool may_be = office_ && !question.prdr_requested && !world_.configuration().main.all.is_set("system_filter") &&
                        (is_first || question.cut);
    if (!may_be)
        reply.drops_cut = true;
    else if (is_first && held_)
        reply.cut = std::move(held_);
    else
        begin_cut(question, recipient, reply);
}

void Verification::begin_cut(const Ask& question, std::string_view recipient, AskReply& reply)
{
    const auto routed = world_.chain().route(qualified_name(recipient, false), 0,
                                             {.sender = sender_, .purpose = {Purpose::Kind::verify_recipient}, .base = &scene_});
    const auto* delivery = obstacle(routed) ? nullptr : to_call(routed);
    const bool is_held = static_cast<bool>(question.cut);
    reply.drops_cut = true;
    if (!delivery || delivery->driver.empty())
        return;
    const auto told = Callouts{world_, *office_}.begin(*delivery, question);
    if (!told)
        return;
    if (told->verdict == remote::Learnt::yes) {
        reply.cut = told->held;
        reply.drops_cut = !reply.cut && !is_held;
    } else if (told->verdict == remote::Learnt::no) {
        reply.verdict = Verdict::deny;
        reply.code = 0;
        reply.text.clear();
        reply.log_text.clear();
    } else if (told->response.starts_with('4') && passes_deferrals()) {
        reply.verdict = Verdict::defer;
        reply.code = static_cast<std::uint32_t>(parse_unsigned(told->response.substr(0, 3)).value_or(0));
        reply.text = smtp::without_codes(told->response);
        reply.log_text.clear();
    }
}

bool Verification::passes_deferrals() const
{
    return std::ranges::find(state_.controls, "cutthrough_delivery/defer=pass") != state_.controls.end();
}

// --- the sender's own lines ---

// Once for each sender: the client hears before the ACL's own words, and the log on a line of its own, why the sender
// does not verify. What a callout found is said each time, as in Exim.
void Verification::tell_bad_sender(AskReply& reply)
{
    if (!bad_ || reply.verdict == Verdict::accept || reply.verdict == Verdict::discard || (bad_->is_messages && (state_.sender_verified & told_bad) && !bad_->by_callout))
        return;
    if (bad_->is_messages)
        state_.sender_verified |= told_bad;
    const auto name = "<" + bad_->address + ">";
    if (bad_->is_deferred || world_.ground().parameters.log_sender_verify_fail)
        reply.first_log_text = std::string("sender verify ") + (bad_->is_deferred ? "defer" : "fail") + " for " + name +
                               (bad_->log_text.empty() ? "" : ": " + replace_all(bad_->log_text, "\n", " "));
    if (reply.verdict == Verdict::defer || bad_->is_deferred) {
        if (bad_->by_callout)
            reply.first_text = bad_->details;
        return;
    }
    if (bad_->by_callout && bad_->word == "postmaster")
        reply.first_text = "Postmaster verification failed while checking " + name + "\n" + bad_->details + std::string(no_postmaster);
    else if (bad_->by_callout && bad_->word == "mail" && bad_->details.find("\nSent:     QUIT\n") == std::string::npos)
        reply.first_text = "Callback setup failed while verifying " + name + "\n" + bad_->details + std::string(no_bounces);
    else if (!bad_->details.empty())
        reply.first_text = "Verification failed for " + name + "\n" + bad_->details;
}

}
