#include "delivery/bounce/report.h"

#include "common/base/text.h"
#include "common/mail/date.h"
#include "common/mail/header_list.h"

namespace gp::bounce {
namespace {

using Kind = delivery::Report::Kind;

std::string line(std::string_view text)
{
    return std::string(text) + "\r\n";
}

// One line of a header, whatever a stranger put into the text.
std::string safe(std::string_view text)
{
    return escape(text.substr(0, 900), true);
}

std::string_view subject_of(Kind kind)
{
    switch (kind) {
    case Kind::delay: return "Warning: message delayed";
    case Kind::success: return "Delivery Status Notification";
    default: return "Mail delivery failed: returning message to sender";
    }
}

std::string_view action_of(Kind kind)
{
    switch (kind) {
    case Kind::delay: return "delayed";
    case Kind::success: return "delivered";
    default: return "failed";
    }
}

std::string head(const delivery::Report& report, const Original& original, const Parameters& parameters,
                 std::string_view boundary)
{
    std::string out;
    if (report.kind == Kind::failure) {
        out += "X-Failed-Recipients: ";
        for (std::size_t i = 0; i < report.failures.size(); ++i)
            out += (i ? ",\r\n  " : "") + safe(report.failures[i].original);
        out += "\r\n";
    }
    out += line(report.kind == Kind::success ? "Auto-Submitted: auto-generated" : "Auto-Submitted: auto-replied");
    const auto& from = parameters.dsn_from;
    out += line("From: " + (from.empty() ? "Mail Delivery System <Mailer-Daemon@" + parameters.qualify_domain + ">" : from));
    if (!parameters.errors_reply_to.empty())
        out += line("Reply-To: " + parameters.errors_reply_to);
    out += line("To: " + safe(report.to));
    if (const auto parsed = mail::HeaderList::parse(original.headers))
        if (const auto* id = parsed->headers.find("Message-ID"))
            out += line("References: " + safe(id->value()));
    out += line("Content-Type: multipart/report; report-type=delivery-status; boundary=" + std::string(boundary));
    out += line("MIME-Version: 1.0");
    out += line("Subject: " + std::string(subject_of(report.kind)));
    return out;
}

std::string explanation(const delivery::Report& report, const Parameters& parameters)
{
    std::string out = line("This message was created automatically by mail delivery software.");
    out += line("");
    switch (report.kind) {
    case Kind::failure:
        if (!parameters.bounce_message_text.empty())
            out += replace_all(parameters.bounce_message_text, "\n", "\r\n") + "\r\n";
        out += line("A message that you sent could not be delivered to one or more of its");
        out += line("recipients. This is a permanent error. The following address(es) failed:");
        break;
    case Kind::delay:
        out += line("A message that you sent has not yet been delivered to one or more of its");
        out += line("recipients. No action is required on your part: delivery attempts go on, and");
        out += line("you will be told if they fail in the end. The message is " + report.envelope.id + ".");
        out += line("");
        out += line("The following address(es) are still waiting:");
        break;
    case Kind::success:
        out += line("The message that you sent was successfully delivered to:");
        break;
    }
    for (const auto& failure : report.failures) {
        out += line("");
        out += line("  " + safe(failure.address) +
                    (failure.original != failure.address && !failure.original.empty()
                         ? "\r\n    (ultimately generated from " + safe(failure.original) + ")"
                         : ""));
        if (!failure.text.empty())
            out += line("    " + safe(failure.text));
    }
    for (const auto& failure : report.failures)
        if (!failure.output.empty()) {
            out += line("");
            out += line("The following text was generated during the delivery attempt:");
            out += line("");
            out += line("------ " + safe(failure.address) + " ------");
            out += line("");
            out += replace_all(replace_all(failure.output, "\r\n", "\n"), "\n", "\r\n") + "\r\n";
        }
    return out;
}

std::string status_part(const delivery::Report& report, const Parameters& parameters)
{
    std::string out = line("Reporting-MTA: dns; " + parameters.primary_hostname);
    if (!report.envelope.dsn_envid.empty())
        out += line("Original-Envelope-Id: " + safe(report.envelope.dsn_envid));
    if (report.envelope.received)
        out += line("Arrival-Date: " + mail::format_date(report.envelope.received / 1'000'000));
    for (const auto& failure : report.failures) {
        out += line("");
        out += line("Action: " + std::string(action_of(report.kind)));
        if (!failure.orcpt.empty())
            out += line("Original-Recipient: " + safe(failure.orcpt));
        out += line("Final-Recipient: rfc822;" + safe(failure.original.empty() ? failure.address : failure.original));
        out += line("Status: " + status_of(failure, report.kind));
        if (!failure.remote_mta.empty())
            out += line("Remote-MTA: dns; " + safe(failure.remote_mta));
        if (!failure.smtp_reply.empty())
            out += line("Diagnostic-Code: smtp; " + safe(failure.smtp_reply));
    }
    return out;
}

std::string original_part(const Original& original)
{
    std::string out = line(std::string("Content-type: ") + (original.has_body ? "message/rfc822" : "text/rfc822-headers"));
    out += line("") + original.headers;
    if (!original.headers.empty() && !original.headers.ends_with('\n'))
        out += "\r\n";
    if (!original.has_body)
        return out;
    out += line("") + original.body;
    if (!original.body.ends_with('\n'))
        out += "\r\n";
    return out;
}

}

std::string status_of(const delivery::Failure& failure, delivery::Report::Kind kind)
{
    if (!failure.status.empty())
        return safe(failure.status);
    // "550 5.1.1 no such user"
    const auto words = split(failure.smtp_reply, ' ');
    if (words.size() > 1 && words[1].size() >= 5 && words[1][1] == '.' &&
        std::ranges::all_of(words[1], [](char c) { return is_digit(c) || c == '.'; }))
        return std::string(words[1]);
    return kind == Kind::failure ? "5.0.0" : kind == Kind::delay ? "4.0.0" : "2.0.0";
}

std::string report_text(const delivery::Report& report, const Original& original, const Parameters& parameters,
                        std::string_view boundary)
{
    const std::string mark = "--" + std::string(boundary);
    std::string out = head(report, original, parameters, boundary);
    out += "\r\n";
    out += line(mark) + line("Content-type: text/plain; charset=us-ascii") + line("");
    out += explanation(report, parameters) + line("");
    out += line(mark) + line("Content-type: message/delivery-status") + line("");
    out += status_part(report, parameters) + line("");
    if (parameters.bounce_return_message)
        out += line(mark) + original_part(original) + line("");
    out += line(mark + "--");
    return out;
}

}
