#include "cleanup/inspections.h"

#include "cleanup/letter.h"
#include "cleanup/scan/protocol.h"
#include "cleanup/work.h"
#include "common/base/text.h"

namespace gp::cleanup {

Inspections::InHand::InHand(Inspections& all, const Work& work) : all_(all), id_(work.envelope.id)
{
    all_.works_[id_] = &work;
}

Inspections::InHand::~InHand()
{
    all_.works_.erase(id_);
}

Result<InspectReply> Inspections::answer(const Inspect& question, ipc::Channel&)
{
    const auto found = works_.find(question.id);
    if (found == works_.end() || !scan_ || !found->second->letter)
        return permanent("the message " + escape(question.id) + " is not being judged here");
    const auto& work = *found->second;
    scan::Examine examine;
    examine.scanner = question.scanner;
    examine.arguments = question.arguments;
    examine.server = question.server;
    examine.timeout_ms = question.timeout_ms;
    examine.headers = work.received_header + work.headers.text() + "\r\n";
    examine.body_size = work.body_size;
    if (work.letter->is_large())
        examine.large = TRY(work.letter->copy());
    else
        examine.body = work.letter->body();
    const auto patience = event::Deadline::in(Duration{std::int64_t{question.timeout_ms} + 5000});
    auto reply = TRY(scan_->call(examine, patience));
    InspectReply out;
    for (auto& finding : reply.findings)
        out.findings.push_back({std::move(finding.name), std::move(finding.value)});
    return out;
}

}
