#include "delivery/local/replies.h"

#include "common/base/text.h"
#include "common/mail/tls_wish.h"
#include "delivery/local/launcher.h"

namespace gp::local {
namespace {

constexpr Duration patience{600'000};

cleanup::Submit envelope_for(const Job& job)
{
    cleanup::Submit submit;
    auto& envelope = submit.envelope;
    envelope.settles = job.request.id; // R= of its arrival line; no recipient is settled by it
    envelope.sender_set_by_caller = true;
    auto& origin = envelope.origin;
    origin.local = true;
    origin.trusted = true; // its From: needs no Sender:
    origin.protocol = "local";
    // A warning to a mailbox's owner is the system's, and not the owner's own.
    const bool is_ours = job.instruction().driver != "autoreply" && may_change_ids();
    origin.login = origin.ident = origin.authenticated_id = is_ours ? "root" : job.instruction().user;
    origin.authenticated_sender = origin.login + "@" + job.parameters.qualify_domain;
    origin.uid = is_ours ? 0 : job.instruction().uid;
    origin.gid = is_ours ? 0 : job.instruction().gid;
    mail::set_tls_wish(envelope, job.request.tls_wish); // RFC 8689 section 5: what answers a message may tell of it
    submit.local.extract_recipients = true;
    submit.local.full_name = job.options.text("full_name");
    return submit;
}

}

Replies::Replies(ipc::Link& cleanup, const Clock& clock) : cleanup_(cleanup), clock_(clock), ids_(clock) {}

Result<std::string> Replies::submit(const Job& job, std::string octets)
{
    auto submit = envelope_for(job);
    submit.envelope.id = ids_.next();
    submit.envelope.received =
        std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().time_since_epoch()).count();
    submit.octets = std::move(octets);
    const auto until = event::Deadline::in(patience);
    auto taken = cleanup_.call(submit, until);
    if (!taken && taken.error().cause == Cause::closed) {
        const auto known = TRY(cleanup_.call(cleanup::Settled{submit.envelope.id}, until));
        if (known.committed)
            return submit.envelope.id;
    }
    if (!taken)
        return taken.error();
    // A reply to nobody is no mistake (manual 27).
    if (taken->taken == cleanup::Taken::refused && !taken->bad_addresses.empty())
        return std::string{};
    if (taken->taken == cleanup::Taken::refused)
        return temporary("the automatic reply was not taken: " + escape(taken->text));
    return submit.envelope.id;
}

}
