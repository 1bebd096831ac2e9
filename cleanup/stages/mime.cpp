// acl_smtp_mime and acl_not_smtp_mime: the ACL is run for each part of the message, and of those that are attached to
// it, before the one at the end of data (manual 45.4). scan finds the parts; router gets them all in one question.

#include "cleanup/content.h"
#include "cleanup/scan/protocol.h"
#include "cleanup/stages/judging.h"
#include "cleanup/stages/stages.h"

namespace gp::cleanup {
namespace {

Result<scan::DissectReply> parts_of(const Work& work)
{
    scan::Dissect question;
    question.headers = work.headers.text();
    TRY(put_body(work, question));
    question.limits.parts = work.parameters.mime_parts_max;
    question.limits.depth = work.parameters.mime_depth_max;
    question.limits.decoded = work.parameters.mime_decode_limit;
    return work.services.scan.call(question, event::Deadline::in(Duration{work.parameters.router_timeout * 1000}));
}

}

Ended check_mime(Work& work)
{
    const auto phase = is_smtp(work) ? router::Phase::mime : router::Phase::not_smtp_mime;
    if (!has_acl(work, phase) || !work.headers.has("Content-Type"))
        return {};
    auto found = parts_of(work);
    if (!found)
        return trouble(work, "scan", found.error());
    if (!found->exceeded.empty())
        return refusal(550, "5.6.0", "The structure of this message is too complex to be examined (" + found->exceeded + ")");
    work.parts = std::move(found->parts);
    auto question = question_about(work, phase);
    for (const auto& part : work.parts)
        question.parts.push_back(part.told);
    return judge(work, question, {.acl = is_smtp(work) ? "MIME" : "non-SMTP MIME", .judged_at = "during MIME ACL checks"});
}

// The files that conditions had parts decoded into; control = no_mbox_unspool keeps them (manual 44.23).
void forget_decoded_files(Work& work)
{
    for (const auto& control : work.state.controls)
        if (control == "no_mbox_unspool")
            return;
    if (work.has_files)
        work.services.scan.send(scan::ForgetFiles{work.envelope.id});
}

}
