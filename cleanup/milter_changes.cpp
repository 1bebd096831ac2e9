#include "cleanup/milter_changes.h"

#include "cleanup/letter.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/address_parser.h"

namespace gp::cleanup {
namespace {

using Kind = mail::MilterChange::Kind;

bool is_ours(const Work& work, const mail::Header& header)
{
    return !work.received_header.empty() && header.text() == work.received_header;
}

void put_back(Work& work, const std::vector<std::string>& texts)
{
    mail::HeaderList list;
    for (const auto& text : texts)
        list.add_bottom(text);
    work.headers = std::move(list);
}

std::vector<std::string> texts_of(const Work& work)
{
    std::vector<std::string> texts;
    for (const auto& header : work.headers)
        texts.push_back(header.text());
    return texts;
}

// Our own Received: counts, as sendmail's does: 0 is above it, 1 below.
void insert(Work& work, const mail::MilterChange& change)
{
    auto texts = texts_of(work);
    const auto at = std::min<std::size_t>(change.index, texts.size());
    texts.insert(texts.begin() + static_cast<std::ptrdiff_t>(at), change.name + ":" + change.value + "\r\n");
    put_back(work, texts);
}

// The one of that name that is meant, from 1; without a value it goes. One that is not there is added.
void change_header(Work& work, const mail::MilterChange& change)
{
    auto texts = texts_of(work);
    std::uint32_t seen = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto& header = work.headers[i];
        if (!header.is(change.name) || is_ours(work, header) || ++seen != std::max(change.index, 1u))
            continue;
        if (change.value.empty())
            texts.erase(texts.begin() + static_cast<std::ptrdiff_t>(i));
        else
            texts[i] = change.name + ":" + change.value + "\r\n";
        return put_back(work, texts);
    }
    if (!change.value.empty())
        work.headers.add_bottom(change.name + ":" + change.value + "\r\n");
}

Result<std::string> address_of(const Work& work, const std::string& text, bool may_be_null)
{
    if (text.empty() && may_be_null)
        return std::string{};
    const mail::AddressRules rules{.allow_domain_literals = true, .allow_utf8_domains = true};
    const auto parsed = TRY(mail::parse_address(text, rules));
    return parsed.has_domain() ? parsed.address : parsed.address + "@" + work.parameters.qualify_recipient;
}

void add_recipient(Work& work, const std::string& address, const std::string& milter)
{
    auto& recipients = work.envelope.recipients;
    const auto is_same = [&](const mail::Recipient& recipient) { return recipient.address == address; };
    if (std::ranges::any_of(recipients, is_same))
        return;
    if (work.parameters.recipients_max && recipients.size() >= work.parameters.recipients_max)
        return log::main(work.envelope.id + " milter " + escape(milter) + ": recipients_max leaves no room for " + escape(address, true));
    recipients.push_back({.address = address});
}

void delete_recipient(Work& work, const std::string& address)
{
    std::erase_if(work.envelope.recipients, [&](const mail::Recipient& recipient) {
        return same_nocase(recipient.address, address) || (!recipient.original.empty() && same_nocase(recipient.original, address));
    });
}

// Lines end in CR LF whatever the milter thinks, so that nobody down the line reads two messages in one.
std::string with_line_ends(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
        if (text[i] == '\r' || text[i] == '\n')
            out += "\r\n";
        else
            out += text[i];
        i += is_pair ? 1 : 0;
    }
    if (!out.empty() && !out.ends_with("\r\n"))
        out += "\r\n";
    return out;
}

Status replace_body(Work& work, std::string_view octets)
{
    auto& letter = *work.letter;
    TRY(letter.replace_body(with_line_ends(octets)));
    work.body_size = letter.body_size();
    work.body_lines = letter.body_lines();
    work.longest_line = letter.longest_line();
    work.body_start = letter.body_start();
    work.body_end = letter.body_end();
    return {};
}

Status change_addresses(Work& work, const mail::MilterChange& change, const std::string& milter)
{
    auto address = address_of(work, change.value, change.kind == Kind::change_sender);
    if (!address) {
        log::main(work.envelope.id + " milter " + escape(milter) + ": \"" + escape(change.value, true) + "\" is no address: " + address.error().text);
        return {};
    }
    if (change.kind == Kind::add_recipient)
        add_recipient(work, *address, milter);
    else if (change.kind == Kind::delete_recipient)
        delete_recipient(work, *address);
    else
        work.envelope.sender = std::move(*address);
    return {};
}

Status apply(Work& work, const mail::MilterChange& change, const std::string& milter)
{
    switch (change.kind) {
    case Kind::add_header:
        work.headers.add_bottom(change.name + ":" + change.value + "\r\n");
        return {};
    case Kind::insert_header:
        insert(work, change);
        return {};
    case Kind::change_header:
        change_header(work, change);
        return {};
    case Kind::add_recipient:
    case Kind::delete_recipient:
    case Kind::change_sender:
        return change_addresses(work, change, milter);
    case Kind::replace_body:
        return replace_body(work, change.value);
    case Kind::quarantine:
        work.frozen_by = "milter " + milter + ": " + change.value;
        return {};
    }
    return {};
}

}

std::string headers_for_milters(const Work& work)
{
    std::string out;
    bool is_ours_left_out = false;
    for (const auto& header : work.headers) {
        if (!is_ours_left_out && is_ours(work, header))
            is_ours_left_out = true;
        else
            out += header.text();
    }
    return out;
}

Status apply_changes(Work& work, const std::vector<mail::MilterChange>& changes, const std::string& milter)
{
    for (const auto& change : changes)
        TRY(apply(work, change, milter));
    return {};
}

}
