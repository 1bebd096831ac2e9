// -t: the recipients are in the header (manual 5.3, -t; 48.7, Bcc).

#include <set>

#include "cleanup/scan/protocol.h"
#include "cleanup/stages/stages.h"
#include "common/base/text.h"
#include "common/mail/address.h"

namespace gp::cleanup {
namespace {

struct AddressOrder {
    bool operator()(const std::string& a, const std::string& b) const
    {
        const int domains = compare_nocase(mail::domain_of(a), mail::domain_of(b));
        return domains ? domains < 0 : mail::local_part_of(a) < mail::local_part_of(b);
    }
};

// To, Cc and Bcc; with Resent- headers, those of the Resent- set alone (RFC 5322 section 3.6.6).
std::vector<std::string> address_headers(const Work& work)
{
    std::vector<std::string> texts;
    const bool resent = work.headers.is_resent();
    for (const auto& header : work.headers)
        for (std::string_view name : {"To", "Cc", "Bcc"})
            if (header.is(resent ? "Resent-" + std::string(name) : std::string(name)))
                texts.emplace_back(header.raw_value());
    return texts;
}

std::string qualified(const Work& work, const scan::Found& found)
{
    return found.has_domain ? found.address : found.address + "@" + work.parameters.qualify_recipient;
}

// What Exim tells of a bad address: the text from there to the end of the header, and what is wrong.
std::string told(const std::vector<std::string>& headers, const scan::Found& found)
{
    const auto text = mail::unfold(headers.at(found.header));
    const auto at = std::min<std::size_t>(found.begin, text.size()); // where nothing is folded it is the same place
    return std::string(trim(std::string_view(text).substr(at))) + ": " + found.error;
}

SubmitReply refused(Work& work, SubmitReply reply)
{
    work.lacks_recipients = true;
    reply.bad_addresses = work.bad_addresses;
    return reply;
}

}

Ended extract_recipients(Work& work)
{
    if (!work.local.extract_recipients)
        return {};
    scan::Addresses question;
    question.headers = address_headers(work);
    question.limit = work.parameters.recipients_max ? work.parameters.recipients_max + 1 : question.limit;
    question.strip_excess_angle_brackets = work.parameters.strip_excess_angle_brackets;
    question.strip_trailing_dot = work.parameters.strip_trailing_dot;
    question.allow_utf8_domains = work.parameters.allow_utf8_domains;
    auto answer = work.services.scan.call(question, event::Deadline::in(Duration{60'000}));
    if (!answer)
        return trouble(work, "scan", answer.error());

    std::set<std::string, AddressOrder> removed, listed;
    for (const auto& argument : work.local.arguments) {
        if (work.parameters.extract_addresses_remove_arguments)
            removed.insert(argument); // these are not to get the message
        else
            work.envelope.recipients.push_back({.address = argument, .notify = work.local.notify});
    }
    auto& bad = work.bad_addresses;
    for (const auto& found : answer->found) {
        if (!found.error.empty()) {
            bad.push_back(told(question.headers, found));
            continue;
        }
        auto address = qualified(work, found);
        // One that is named twice is a recipient twice, as in Exim, and gets one copy; the case of a domain is no difference.
        if (removed.contains(address) || *listed.insert(address).first != address)
            continue;
        work.envelope.recipients.push_back({.address = std::move(address), .notify = work.local.notify});
    }
    forget_headers(work, work.headers.is_resent() ? "Resent-Bcc" : "Bcc");
    if (!bad.empty() && (!work.local.skip_bad_addresses || work.envelope.recipients.empty()))
        return refused(work, refusal(501, "5.1.3", "bad address in the message header: " + escape(bad.front())));
    if (work.envelope.recipients.empty())
        return refused(work, refusal(503, "5.5.1", work.local.arguments.empty() ? "no recipients were found in the message header"
                                                                                : "all recipients of the message header were removed "
                                                                                  "by the addresses on the command line"));
    if (answer->too_many || (work.parameters.recipients_max &&
                             work.envelope.recipients.size() > work.parameters.recipients_max))
        return refusal(552, "5.5.3", "too many recipients: " + std::to_string(work.parameters.recipients_max) +
                                         " are allowed (recipients_max)");
    return {};
}

}
