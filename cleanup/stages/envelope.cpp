// The last touch: what the controls say about the queue, the counts, and the time of acceptance in
// Received:.

#include <algorithm>

#include "cleanup/received.h"
#include "cleanup/stages/stages.h"
#include "common/base/text.h"
#include "common/mail/encoded_word.h"
#include "common/mail/notes.h"

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

// With its folds, which T= shows.
std::string subject_words(const mail::Header& subject)
{
    const auto text = replace_all(std::string(trim(subject.raw_value())), "\r\n", "\n");
    return mail::decode_words(text).value_or(text);
}

// By where they stand.
void keep_replaced(Work& work)
{
    std::vector<mail::ReplacedHeader> kept;
    for (auto& replaced : work.replaced) {
        const auto at = std::ranges::find_if(work.headers, [&](const mail::Header& header) {
            return header.text() == replaced.stands_before;
        });
        kept.push_back({.before = static_cast<std::size_t>(at - work.headers.begin()), .text = std::move(replaced.text)});
    }
    std::ranges::stable_sort(kept, {}, &mail::ReplacedHeader::before);
    mail::add_replaced(work.envelope, kept);
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
    keep_replaced(work);
    mail::add_note(work.envelope, mail::note_complete, std::to_string(now));
    work.envelope.header_count = static_cast<std::uint32_t>(work.headers.size());
    work.envelope.body_lines = work.body_lines;
    work.envelope.longest_line = work.longest_line;
    if (work.parameters.log_subject)
        if (const auto* subject = work.headers.find("Subject"))
            work.arrival.subject = subject_words(*subject);
    work.arrival.receive_ms = static_cast<std::uint64_t>((now - work.envelope.received) / 1000);
    work.arrival.size = work.headers.octets() + work.body_size;
    return {};
}

}
