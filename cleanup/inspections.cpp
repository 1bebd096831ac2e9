#include "cleanup/inspections.h"

#include <unistd.h>

#include <cerrno>

#include "cleanup/letter.h"
#include "cleanup/scan/protocol.h"
#include "cleanup/work.h"
#include "common/base/text.h"
#include "common/process/memfd.h"

namespace gp::cleanup {
namespace {

constexpr std::size_t most_in_frame = 1024 * 1024; // a longer body goes as a file in memory

// Two lines that Exim puts in front of what scanners read: SpamAssassin takes the envelope from there.
std::string envelope_lines(const mail::Envelope& envelope)
{
    std::string out = "X-Envelope-From: <" + envelope.sender + ">\r\n";
    if (envelope.recipients.empty())
        return out;
    out += "X-Envelope-To: ";
    for (const auto& recipient : envelope.recipients)
        out += (&recipient == &envelope.recipients.front() ? "" : ", ") + recipient.address;
    return out + "\r\n";
}

Result<ipc::Fd> file_of(std::string_view octets)
{
    ipc::Fd file{TRY(process::make_memfd("message"))};
    while (!octets.empty()) {
        const auto written = ::write(file.get(), octets.data(), octets.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return system_error("copy of the message");
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
    return file;
}

}

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
    examine.answer_limit = question.answer_limit;
    examine.headers = envelope_lines(work.envelope) + work.received_header + work.headers.text() + "\r\n";
    examine.body_size = work.body_size;
    if (work.letter->is_large())
        examine.large = TRY(work.letter->copy());
    else if (work.letter->body().size() > most_in_frame)
        examine.large = TRY(file_of(work.letter->body()));
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
