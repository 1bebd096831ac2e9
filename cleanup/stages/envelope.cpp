// The last touch: what the controls say about the queue, the counts, and the time of acceptance in
// Received:.

#include <algorithm>

#include "cleanup/received.h"
#include "cleanup/stages/stages.h"
#include "common/base/text.h"
#include "common/mail/bulk.h"
#include "common/mail/encoded_word.h"
#include "common/mail/notes.h"
#include "common/mail/tls_wish.h"

namespace gp::cleanup {
namespace {

constexpr std::int64_t per_second = 1'000'000;

// The message is ours all the same, and no reject log hears of it. A text that begins with the code has it once.
SubmitReply fake_refusal(std::uint32_t code, std::string enhanced, std::string_view text)
{
    if (text.starts_with(std::to_string(code) + " "))
        text = trim_left(text.substr(4));
    auto reply = refusal(code, std::move(enhanced), std::string(text));
    reply.taken = Taken::committed;
    return reply;
}

void apply_controls(Work& work)
{
    const auto& controls = work.controls;
    auto& envelope = work.envelope;
    if (controls.freeze || !work.frozen_by.empty()) {
        envelope.frozen = true;
        envelope.frozen_at = work.clock.seconds();
        if (!controls.no_freeze_tell)
            mail::add_note(envelope, mail::note_freeze_tells, "1");
    }
    envelope.queue_only |= controls.queue_only;
    if (!work.state.queue.empty())
        envelope.queue = work.state.queue;
    envelope.queue_smtp_only |= controls.queue_smtp_only;
    envelope.suppress_local_fixups |= controls.suppress_local_fixups;
    work.arrival.is_fakereject = !controls.fakereject.empty();
    if (!controls.fakereject.empty())
        work.fake = fake_refusal(550, "5.7.1", controls.fakereject);
    else if (!controls.fakedefer.empty())
        work.fake = fake_refusal(450, "4.7.1", controls.fakedefer);
}

// Received: tells when the message was accepted; until now it told when it began to come.
void stamp_anew(Work& work, std::string received)
{
    for (auto& header : work.headers)
        if (header.text() == work.received_header) {
            header = mail::Header(received);
            break;
        }
    work.received_header = std::move(received);
}

// As Exim counts for S=: a line end is one octet, and the blank line behind the headers belongs to it.
std::uint64_t counted_size(const Work& work)
{
    const auto text = work.headers.text();
    const auto headers = text.size() - static_cast<std::size_t>(std::ranges::count(text, '\n'));
    return headers + 1 + work.body_size - std::min<std::uint64_t>(work.body_size, work.body_lines);
}

// With its folds, which T= shows.
std::string subject_words(const mail::Header& subject, std::string_view charset)
{
    const auto text = replace_all(std::string(trim(subject.raw_value())), "\r\n", "\n");
    return mail::decode_words(text, {.charset = charset}).value_or(text);
}

// RFC 8689 section 4.1: what MAIL said comes first.
void note_tls_wish(Work& work)
{
    const auto* header = work.parameters.tls_required_header ? work.headers.find("TLS-Required") : nullptr;
    if (header && mail::tls_wish(work.envelope) == mail::TlsWish::usual)
        mail::set_tls_wish(work.envelope, mail::wish_of_header(header->raw_value()));
}

// For qmgr, which does not read headers: see owner_of().
void note_bulk(Work& work)
{
    if (work.parameters.bulk_yields && mail::is_bulk(work.headers))
        mail::add_note(work.envelope, mail::note_bulk, "1");
}

void keep_message_variables(Work& work)
{
    // ACL variables and the spam score; other findings are for the ACLs alone.
    constexpr std::string_view of_acls[] = {"spf_", "authresults_", "mime_", "dkim_", "dmarc_"};
    for (const auto& variable : work.state.variables)
        if (std::ranges::none_of(of_acls, [&](std::string_view prefix) { return variable.name.starts_with(prefix); }))
            work.envelope.variables.push_back(variable);
}

}

Ended finish_envelope(Work& work)
{
    work.controls = controls_of(work.state); // the ACL at the end of data may have added some
    apply_controls(work);
    keep_message_variables(work);
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(work.clock.now().time_since_epoch()).count();
    if (now / per_second != work.envelope.received / per_second) {
        auto made = make_received(work, now / per_second);
        if (!made)
            return trouble(work, "received_header_text", made.error());
        stamp_anew(work, std::move(made).take());
    }
    note_tls_wish(work);
    note_bulk(work);
    mail::add_replaced(work.envelope, replaced_by_place(work));
    mail::add_note(work.envelope, mail::note_complete, std::to_string(now));
    work.envelope.header_count = static_cast<std::uint32_t>(work.headers.size());
    work.envelope.body_lines = work.body_lines;
    work.envelope.longest_line = work.longest_line;
    if (work.parameters.log_subject)
        if (const auto* subject = work.headers.find("Subject"))
            work.arrival.subject = subject_words(*subject, work.parameters.headers_charset);
    work.arrival.receive_ms = static_cast<std::uint64_t>((now - work.envelope.received) / 1000);
    work.arrival.size = counted_size(work);
    return {};
}

}
