#include "master/sendmail/taken_message.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "common/base/text.h"
#include "common/mail/address_parser.h"
#include "common/mail/header_list.h"
#include "common/mail/message_id.h"
#include "master/sendmail/rehearsal.h"

namespace gp::sendmail {
namespace {

// What stands behind the last newline is a line too.
std::size_t lines_of(std::string_view text)
{
    const auto whole = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    return text.empty() || text.ends_with('\n') ? whole : whole + 1;
}

std::size_t longest_of(std::string_view text)
{
    std::size_t longest = 0;
    for (const auto line : split(text, '\n'))
        longest = std::max(longest, line.size());
    return longest;
}

}

TakenMessage::TakenMessage(Workplace& place, TestMessage handed_in) : letter(std::move(handed_in))
{
    had_headers = !letter.headers.empty();
    const auto& separator = letter.separator;
    const std::size_t blank = letter.has_blank_line ? 1 : 0;
    size_ = separator.size() + letter.headers.size() + blank + letter.body.size();
    lines_ = lines_of(separator) + lines_of(letter.headers) + blank + lines_of(letter.body);
    longest_header_ = std::max(longest_of(separator), longest_of(letter.headers));
    read_envelope(place);
    complete_headers(place);
}

// Who the message is from; a Return-path: header is believed (manual 5.3, -bf).
void TakenMessage::read_envelope(Workplace& place)
{
    sender = place.sender();
    sender_was_in_message = !letter.sender.empty() && !place.options().letter.sender_given;
    if (sender_was_in_message)
        sender = letter.sender;
    auto parsed = mail::HeaderList::parse(letter.headers + "\n");
    if (!parsed)
        return;
    auto& headers = parsed->headers;
    headers.set_line_end("\n");
    const auto* header = headers.find("return-path");
    if (!header)
        return;
    has_return_path = true;
    const auto value = header->value();
    const auto address = mail::parse_address(value, {.allow_null = true});
    return_path = address ? address->address : std::string(trim(value));
    headers.remove("return-path");
    letter.headers = headers.text();
}

// What a message has that was taken in: Message-Id:, From:, Date:, addresses with domains, as the rewriting rules want them.
void TakenMessage::complete_headers(Workplace& place)
{
    const SystemClock clock;
    received_ = clock.seconds();
    id = mail::MessageIdGenerator(clock).next();
    const auto& asked = place.options().letter;
    LocalMessage message{.origin = place.origin(), .id = id, .sender = sender, .full_name = asked.full_name, .headers = letter.headers, .recipients = {}};
    message.sender_given = asked.sender_given || sender_was_in_message;
    message.extract_recipients = asked.extract_recipients;
    const bool is_own = sender == place.origin().login + "@" + place.world().expansions().site.qualify_domain;
    if (message.full_name.empty() && is_own)
        if (const auto user = router::find_user(place.origin().uid); user && *user)
            message.full_name = (*user)->gecos.substr(0, (*user)->gecos.find(','));
    const auto rehearsal = Rehearsal::make(place);
    const auto completed = rehearsal ? (*rehearsal)->complete(message) : Status(rehearsal.error());
    if (!completed) {
        trouble = completed.error().text;
        return;
    }
    sender = std::move(message.sender);
    letter.headers = std::move(message.headers);
    recipients = std::move(message.recipients);
}

void TakenMessage::tell() const
{
    if (sender_was_in_message)
        std::puts("Sender taken from \"From \" line");
    if (!had_headers)
        std::puts("Warning: no message headers read");
    if (has_return_path)
        std::puts("Return-path taken from \"Return-path:\" header line");
}

router::MessageFacts TakenMessage::facts() const
{
    auto facts = letter.facts({});
    facts.id = id;
    facts.sender = sender;
    facts.received = received_;
    if (!recipients.empty())
        facts.recipients = &recipients;
    facts.body_lines = static_cast<std::uint32_t>(lines_of(letter.body));
    facts.longest_line = static_cast<std::uint32_t>(longest_header_);
    return facts;
}

void TakenMessage::describe(expand::Message& message) const
{
    message.size = static_cast<std::int64_t>(std::max<std::size_t>(1, size_));
    message.linecount = static_cast<std::int64_t>(lines_);
    message.body_size = static_cast<std::int64_t>(letter.body.size());
    ++message.received_count; // ours
    message.has_return_path = has_return_path;
    message.return_path = return_path;
}

}
