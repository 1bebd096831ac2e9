#include "cleanup/inspections.h"

#include "cleanup/content.h"
#include "cleanup/scan/protocol.h"
#include "cleanup/work.h"
#include "common/base/octets.h"
#include "common/base/text.h"
#include "common/mail/date.h"

namespace gp::cleanup {
namespace {

// "Tue Mar 02 09:44:33 1999", local time, as mailboxes have it (RFC 4155 appendix A).
std::string mailbox_date(std::int64_t seconds)
{
    const auto date = mail::format_date(seconds); // "Tue, 2 Mar 1999 09:44:33 +0000"
    const auto words = split(date, ' ');
    if (words.size() < 5)
        return date;
    const std::string day = (words[1].size() < 2 ? "0" : "") + std::string(words[1]);
    return std::string(words[0].substr(0, 3)) + " " + std::string(words[2]) + " " + day + " " + std::string(words[4]) + " " +
           std::string(words[3]);
}

// Three lines that Exim puts in front of what scanners read: SpamAssassin takes the envelope from there.
std::string envelope_lines(const mail::Envelope& envelope, std::int64_t now)
{
    std::string out = "From MAILER-DAEMON " + mailbox_date(now) + "\r\nX-Envelope-From: <" + envelope.sender + ">\r\n";
    if (envelope.recipients.empty())
        return out;
    out += "X-Envelope-To: ";
    for (const auto& recipient : envelope.recipients)
        out += (&recipient == &envelope.recipients.front() ? "" : ", ") + recipient.address;
    return out + "\r\n";
}

// Of a whole message, headers and body, as the regex condition reads it.
Result<mail::MimeContent> octets_of(const Work& work, const Unpack& question)
{
    const auto headers = headers_seen(work) + "\r\n";
    mail::MimeContent reply{.size = headers.size() + work.body_size};
    if (question.skip < headers.size())
        reply.start = headers.substr(question.skip, question.start);
    if (reply.start.size() == question.start)
        return reply;
    const auto at = question.skip > headers.size() ? question.skip - headers.size() : 0;
    const auto room = std::min<std::uint64_t>(question.start - reply.start.size(), work.body_size - std::min(work.body_size, at));
    if (!work.letter->is_large()) {
        reply.start += std::string_view(work.letter->body()).substr(std::min<std::size_t>(at, work.letter->body().size()), room);
        return reply;
    }
    std::string piece(room, '\0');
    const auto file = TRY(work.letter->file());
    piece.resize(TRY(read_at(file.get(), piece.data(), piece.size(), at)));
    reply.start += piece;
    return reply;
}

}

Inspections::InHand::InHand(Inspections& all, Work& work) : all_(all), id_(work.envelope.id)
{
    all_.works_[id_] = &work;
}

Inspections::InHand::~InHand()
{
    all_.works_.erase(id_);
}

Result<Work*> Inspections::work_of(std::string_view id) const
{
    const auto found = works_.find(id);
    if (found == works_.end() || !scan_ || !found->second->letter)
        return permanent("the message " + escape(id) + " is not being judged here");
    return found->second;
}

Result<mail::MimeContent> Inspections::answer(const Unpack& question, ipc::Channel&)
{
    auto& work = *TRY(work_of(question.id));
    if (question.start > Unpack::most_start)
        return permanent("more of the message is wanted than a frame has room for");
    if (question.part < 0)
        return octets_of(work, question);
    if (static_cast<std::size_t>(question.part) >= work.parts.size())
        return permanent("the message has no such part");
    scan::Decode decode;
    decode.id = question.id;
    decode.file = question.file;
    decode.path = work.parts[static_cast<std::size_t>(question.part)].path;
    decode.decode_limit = work.parameters.mime_decode_limit;
    decode.start = question.start;
    decode.skip = question.skip;
    decode.is_raw = question.is_raw;
    TRY(put_body(work, decode));
    work.has_files |= !question.file.empty();
    return scan_->call(decode, event::Deadline::in(Duration{work.parameters.router_timeout * 1000}));
}

Result<mail::CheckedSignature> Inspections::answer(const mail::CheckSignature& question, ipc::Channel&)
{
    constexpr std::chrono::seconds patience{60};
    if (!scan_)
        return permanent("nobody is here who verifies signatures");
    return scan_->call(question, event::Deadline::in(patience));
}

Result<InspectReply> Inspections::answer(const Inspect& question, ipc::Channel&)
{
    auto& work = *TRY(work_of(question.id));
    scan::Examine examine;
    examine.id = question.id;
    examine.scanner = question.scanner;
    examine.arguments = question.arguments;
    examine.server = question.server;
    examine.timeout_ms = question.timeout_ms;
    examine.answer_limit = question.answer_limit;
    examine.headers = envelope_lines(work.envelope, work.clock.seconds()) + headers_seen(work) + "\r\n";
    TRY(put_body(work, examine));
    work.has_files |= question.scanner != "spamd" && question.scanner != "rspamd"; // viruses are looked for in files
    const auto patience = event::Deadline::in(Duration{std::int64_t{question.timeout_ms} + 5000});
    auto reply = TRY(scan_->call(examine, patience));
    InspectReply out;
    for (auto& finding : reply.findings)
        out.findings.push_back({std::move(finding.name), std::move(finding.value)});
    return out;
}

}
