// Message-ID, From, Sender and Date of locally originated and submitted messages (manual 48.8, 48.11,
// 48.12, 48.16). What is added goes behind the headers that are there, in Exim's order; Message-ID and Date of
// a resent message go in front of them, with its block of Resent- headers (RFC 5322 section 3.6.6).

#include "cleanup/expand_main.h"
#include "cleanup/local_sender.h"
#include "cleanup/scan/protocol.h"
#include "cleanup/stages/stages.h"
#include "common/base/text.h"
#include "common/mail/date.h"
#include "common/mail/address.h"

namespace gp::cleanup {
namespace {

std::string without_brackets(std::string_view id)
{
    id = trim(id);
    if (id.starts_with('<'))
        id.remove_prefix(1);
    if (id.ends_with('>'))
        id.remove_suffix(1);
    return std::string(id);
}

// Only what may stand in an id (RFC 5322 section 3.6.4); everything else becomes a hyphen, as in Exim.
std::string id_safe(std::string text, std::string_view more)
{
    for (char& c : text)
        if (!is_alnum(c) && more.find(c) == std::string_view::npos)
            c = '-';
    return text;
}

void add_identification(Work& work, const std::string& header)
{
    if (work.headers.is_resent())
        work.headers.add_top("Resent-" + header);
    else
        work.headers.add_bottom(header);
}

Status add_message_id(Work& work)
{
    std::string text;
    std::string domain = work.parameters.primary_hostname;
    if (work.parameters.message_id_header_is_set) {
        auto set = TRY(expand_main(work, "message_id_header_domain"));
        if (!set.empty())
            domain = id_safe(std::move(set), ".-");
        text = TRY(expand_main(work, "message_id_header_text"));
        if (!text.empty())
            text = "." + id_safe(std::move(text), "-!#$%&'*+/=?^_`{|}~");
    }
    work.arrival.message_id = "E" + work.envelope.id + text + "@" + domain;
    work.arrival.message_id_created = true;
    add_identification(work, "Message-Id: <" + work.arrival.message_id + ">\r\n");
    return {};
}

// The one address of a From: header, or empty when it is not exactly one.
Result<std::string> address_of(Work& work, const mail::Header& header)
{
    scan::Addresses question;
    question.headers = {std::string(header.raw_value())};
    question.limit = 16;
    auto answer = TRY(work.services.scan.call(question, event::Deadline::in(Duration{60'000})));
    if (answer.found.size() != 1 || !answer.found[0].error.empty())
        return std::string{};
    return answer.found[0].address;
}

std::string full_name(const Work& work)
{
    return work.envelope.origin.local ? work.local.full_name : work.controls.submission_name;
}

void add_from(Work& work, const std::string& name)
{
    const auto& origin = work.envelope.origin;
    if (origin.local) {
        const bool is_nobodys = work.local.sender_given && work.envelope.sender.empty();
        if (is_nobodys && origin.trusted)
            return; // -f <> says that nobody sent it; of others we know who did
        const auto address = work.local.sender_given && !is_nobodys ? work.envelope.sender : login_address(work);
        // The caller's name does not belong to an address that somebody else gave in SMTP.
        const bool is_others = origin.protocol.find("smtp") != std::string::npos && address != login_address(work);
        work.headers.add_bottom(name + ": " + (is_others ? address : with_name(full_name(work), address)) + "\r\n");
        return;
    }
    if (!work.envelope.sender.empty())
        work.headers.add_bottom(name + ": " + with_name(full_name(work), work.envelope.sender) + "\r\n");
    else if (!origin.authenticated_id.empty())
        work.headers.add_bottom(name + ": " + with_name(full_name(work), login_address(work)) + "\r\n");
}

// True when the From: of this message must be the sender's own, and a Sender: is due otherwise.
bool is_watched(const Work& work)
{
    const auto& origin = work.envelope.origin;
    if (origin.local)
        return !origin.trusted && work.parameters.local_from_check;
    return work.controls.submission && !work.controls.submission_sender_retain && !origin.authenticated_id.empty();
}

bool drops_sender(const Work& work)
{
    const auto& origin = work.envelope.origin;
    if (origin.local)
        return !origin.trusted && !work.parameters.local_sender_retain;
    return work.controls.submission && !work.controls.submission_sender_retain;
}

// The body of From: is the caller's bare login: sendmail's habit, and so Exim's (manual 48.11).
bool is_bare_login(const Work& work, const mail::Header& from)
{
    const auto& origin = work.envelope.origin;
    const bool smtp = origin.protocol.find("smtp") != std::string::npos;
    return origin.local && !smtp && !origin.login.empty() && same_nocase(from.value(), origin.login);
}

// It is made anew, and stands where a new one would.
void complete_bare_login(Work& work)
{
    const auto name = work.headers.in_force("From");
    const auto* from = work.headers.find(name);
    if (!from || !is_bare_login(work, *from))
        return;
    forget_headers(work, name);
    work.headers.add_bottom(name + ": " + with_name(full_name(work), login_address(work)) + "\r\n");
}

Status complete_from(Work& work)
{
    const auto name = work.headers.in_force("From");
    const auto sender_name = work.headers.in_force("Sender");
    if (drops_sender(work))
        forget_headers(work, sender_name);
    work.completed_from = work.headers.size();
    auto* from = work.headers.find(name);
    if (!from) {
        add_from(work, name);
        return {};
    }
    if (!is_watched(work) || work.headers.has(sender_name))
        return {};
    const auto address = TRY(address_of(work, *from));
    if (is_own_address(work, address))
        return {};
    const auto own = login_address(work);
    work.headers.add_bottom(sender_name + ": " + with_name(full_name(work), own) + "\r\n");
    if (!work.envelope.sender.empty()) // manual 48.16: the return path becomes the same address
        work.envelope.sender = own;
    return {};
}

}

Ended complete_headers(Work& work)
{
    const auto id_name = work.headers.in_force("Message-ID");
    if (const auto* id = work.headers.find(id_name))
        work.arrival.message_id = without_brackets(id->value());
    if (!wants_fixups(work))
        return {};
    complete_bare_login(work);
    if (!work.headers.has(id_name))
        if (auto added = add_message_id(work); !added)
            return trouble(work, "message_id_header", added.error());
    if (auto done = complete_from(work); !done)
        return trouble(work, "scan", done.error());
    if (work.headers.has(work.headers.in_force("Date")))
        return {};
    add_identification(work, "Date: " + mail::format_date(work.clock.seconds()) + "\r\n");
    work.dated_last = !work.headers.is_resent();
    if (!work.dated_last)
        ++work.completed_from;
    return {};
}

}
