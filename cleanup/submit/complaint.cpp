#include "cleanup/submit/complaint.h"

#include "common/base/text.h"
#include "common/mail/header_list.h"
#include "common/mail/local_origin.h"
#include "common/mail/references.h"

namespace gp::submit {
namespace {

using Why = Complaint::Why;

constexpr std::size_t most_details = 100;

struct Words {
    Why why;
    std::string_view subject;
    std::string_view text;
};

// clang-format off
constexpr Words words[] = {
    {Why::bad_arguments, "malformed recipient address",
     "A message that you sent contained a recipient address that was incorrectly\n"
     "constructed:\n"},
    {Why::bad_in_headers, "malformed recipient address",
     "A message that you sent contained one or more recipient addresses that were\n"
     "incorrectly constructed:\n"},
    {Why::no_recipients, "no recipient addresses",
     "A message that you sent contained no recipient addresses, and therefore no\n"
     "delivery could be attempted.\n"},
    {Why::too_many_recipients, "too many recipients",
     "A message that you sent contained more recipients than allowed on this\n"
     "system. It was not delivered to any recipients.\n"},
    {Why::too_big, "message too big",
     "A message that you sent was longer than the maximum size allowed on this\n"
     "system. It was not delivered to any recipients.\n"},
    {Why::long_header_line, "overlong header line",
     "A message that you sent contained a header line that was excessively\n"
     "long and could not be handled by the mail transmission software. The\n"
     "message has not been delivered to any recipients.\n"},
    {Why::long_headers, "overlong header section",
     "A message that you sent contained a header section that was excessively\n"
     "long and could not be handled by the mail transmission software. The\n"
     "message has not been delivered to any recipients.\n"},
    {Why::refused, "rejected by local scanning code",
     "A message that you sent was rejected by the local scanning code that\n"
     "checks incoming messages on this system. The following error was given:\n"},
};
// clang-format on

std::string outcome(const Complaint& complaint)
{
    if (complaint.why == Why::bad_in_headers)
        return std::string(complaint.details.size() == 1 ? "\nThis address has" : "\nThese addresses have") + " been ignored. " +
               (complaint.others_were_taken ? "The other addresses in the message were\n"
                                              "syntactically valid and have been passed on for an attempt at delivery.\n"
                                            : "There were no other addresses in your\n"
                                              "message, and so no attempt at delivery was possible.\n");
    return complaint.why == Why::bad_arguments ? "\nThe message has not been delivered to any recipients.\n" : "";
}

// What stands above the copy (manual 14.23, bounce_return_message and bounce_return_body).
std::string about_copy(const Complaint& complaint, const Parameters& parameters)
{
    if (!parameters.bounce_return_message)
        return {};
    if (!parameters.bounce_return_body)
        return "\n------ This is a copy of the headers that were received before the error\n       was detected.\n\n";
    if (complaint.is_cut)
        return "\n------ This is a copy of your message, including all the headers.\n------ No more than " +
               std::to_string(complaint.copy.size()) + " characters of the message are included.\n\n";
    return "\n------ This is a copy of your message, including all the headers. ------\n\n";
}

std::string body(const Complaint& complaint, const Words& said, const Parameters& parameters)
{
    std::string out(said.text);
    const bool lists = complaint.why == Why::bad_arguments || complaint.why == Why::bad_in_headers || complaint.why == Why::refused;
    if (lists && !complaint.details.empty())
        out += "\n";
    for (std::size_t i = 0; lists && i < complaint.details.size() && i < most_details; ++i)
        out += "  " + escape(complaint.details[i], true) + "\n";
    out += outcome(complaint);
    out += about_copy(complaint, parameters);
    if (complaint.is_unread && parameters.bounce_return_message)
        out += "\n"; // Exim has not told its header from its body
    return replace_all(std::move(out), "\n", "\r\n");
}

// The lines of a message that was never taken are cut (manual 14.23, bounce_return_linesize_limit).
std::string with_short_lines(std::string_view text, std::int64_t longest)
{
    const auto most = static_cast<std::size_t>(std::max<std::int64_t>(longest, 0));
    std::string out;
    while (!text.empty()) {
        const auto end = std::min(text.find("\r\n"), text.size());
        out += text.substr(0, std::min(end, most));
        out += text.substr(end, 2);
        text.remove_prefix(std::min(end + 2, text.size()));
    }
    return out;
}

// As much of the message as the administrator lets go back.
std::string returned(const Complaint& complaint, const Parameters& parameters)
{
    if (!parameters.bounce_return_message)
        return {};
    const auto parsed = mail::HeaderList::parse(complaint.copy);
    const auto size = parameters.bounce_return_body || !parsed ? complaint.copy.size() : parsed->body;
    auto out = with_short_lines(std::string_view(complaint.copy).substr(0, size), parameters.bounce_return_linesize_limit);
    while (!parameters.bounce_return_body && out.ends_with("\r\n\r\n"))
        out.resize(out.size() - 2);
    return out;
}

std::string references(const Complaint& complaint)
{
    const auto parsed = mail::HeaderList::parse(complaint.copy);
    const auto* id = parsed ? parsed->headers.find("Message-ID") : nullptr;
    return id ? "References: " + escape(mail::references_to(parsed->headers, id->value()).substr(0, 900), true) + "\r\n" : "";
}

}

cleanup::Submit complaint_mail(const Complaint& complaint, const Parameters& parameters)
{
    cleanup::Submit mail;
    mail.envelope.origin = mail::local_origin(parameters.login, parameters.uid, parameters.gid);
    mail.envelope.recipients.push_back({.address = complaint.to});
    mail.envelope.is_bounce = true;
    mail.envelope.settles = complaint.about;
    const auto& found = *std::ranges::find(words, complaint.why, &Words::why);
    mail.octets = "Auto-Submitted: auto-replied\r\nFrom: Mail Delivery System <Mailer-Daemon@" + parameters.qualify_domain +
                  ">\r\nTo: " + escape(complaint.to, true) + "\r\n" + references(complaint) + "Subject: Mail failure - " +
                  std::string(found.subject) + "\r\n\r\n" + body(complaint, found, parameters) +
                  returned(complaint, parameters);
    if (!mail.octets.ends_with('\n'))
        mail.octets += "\r\n";
    return mail;
}

}
