// gatepost queue import on a running suite: what an administrator hands in goes to spoold as cleanup's mail does, and
// comes back from there as any new message.
#include <algorithm>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/message_id.h"
#include "common/spool/fields.h"
#include "qmgr/operators.h"

namespace gp::qmgr {
namespace {

Error only_for_administrators()
{
    return permanent("only an administrator may import messages");
}

}

Result<ipc::Done> Operator::answer(const spoold::LargePart& part, ipc::Channel&)
{
    const Busy busy{*this};
    if (!caller_.is_admin)
        return only_for_administrators();
    if (!mail::is_message_id(part.id))
        return permanent("malformed message id " + escape(part.id));
    if (part.offset == 0)
        abandon_import();
    else if (part.id != importing_)
        return permanent("the import of " + part.id + " has no beginning");
    importing_ = part.id;
    return core_.links.spoold.call(part, core_.answer_deadline());
}

Result<ipc::Done> Operator::answer(const Import& order, ipc::Channel&)
{
    const Busy busy{*this};
    if (!caller_.is_admin)
        return only_for_administrators();
    TRY(wait_for_whole_queue());
    auto done = commit_import(order);
    if (done)
        importing_.clear();
    else
        abandon_import();
    return done;
}

Result<ipc::Done> Operator::commit_import(const Import& order)
{
    auto envelope = TRY(spool::decode_envelope(order.envelope));
    if (!mail::is_message_id(envelope.id))
        return permanent("malformed message id " + escape(envelope.id));
    if (core_.index.find(QueueId{envelope.id}))
        return permanent("is in the queue already");
    if (std::ranges::all_of(envelope.recipients, &mail::Recipient::done))
        return permanent("has no recipient that is not done");
    if (order.large_size > 0 && importing_ != envelope.id)
        return permanent("its body did not come");
    envelope.settles.clear();
    envelope.settles_recipients.clear();
    spoold::Commit commit{.id = envelope.id,
                          .envelope = spool::encode_envelope(envelope),
                          .headers = order.headers,
                          .body = order.body,
                          .large = order.large_size > 0,
                          .large_size = order.large_size,
                          .log_line = envelope.id + " imported by " + name_of({}, envelope),
                          .settles = {},
                          .settles_recipients = {}};
    return core_.links.spoold.call(commit, core_.answer_deadline());
}

// What has come of a body that nobody commits.
void Operator::abandon_import()
{
    if (!importing_.empty())
        core_.links.spoold.send(spoold::LargeAbandon{.id = importing_});
    importing_.clear();
}

}
