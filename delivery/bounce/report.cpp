#include "delivery/bounce/report.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/mail/date.h"
#include "common/mail/header_list.h"
#include "common/mail/status_code.h"

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

// hide_child_in_errmsg: qmgr does not tell what the recipient became, and its report does not.
bool is_hidden(const delivery::Failure& failure)
{
    return failure.address.empty();
}

std::string failed_recipients(const delivery::Report& report)
{
    std::string out;
    for (const auto& failure : report.failures)
        if (!is_hidden(failure))
            out += (out.empty() ? "X-Failed-Recipients: " : ",\r\n  ") + safe(failure.original);
    return out.empty() ? out : line(out);
}

std::string head(const delivery::Report& report, const Original& original, const Parameters& parameters,
                 std::string_view boundary)
{
    std::string out;
    if (report.kind == Kind::failure)
        out += failed_recipients(report);
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

std::string shown_address(const delivery::Failure& failure)
{
    return is_hidden(failure) ? "an undisclosed address" : safe(failure.address);
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
        out += line("  " + shown_address(failure));
        if (is_hidden(failure))
            out += line("    (generated from " + safe(failure.original) + ")");
        else if (failure.original != failure.address && !failure.original.empty())
            out += line("    (ultimately generated from " + safe(failure.original) + ")");
        if (!failure.text.empty() && failure.text != delivery::output_is_returned) // the output speaks for itself
            out += line("    " + safe(failure.text));
    }
    for (const auto& failure : report.failures)
        if (!failure.output.empty()) {
            out += line("");
            out += line("The following text was generated during the delivery attempt:");
            out += line("");
            out += line("------ " + shown_address(failure) + " ------");
            out += line("");
            out += replace_all(replace_all(failure.output, "\r\n", "\n"), "\n", "\r\n");
            out += out.ends_with('\n') ? "" : "\r\n";
        }
    return out;
}

// RFC 3461 section 6.3: what came as xtext is told decoded.
std::string from_xtext(std::string_view text)
{
    const auto decoded = xtext_decode(text);
    return safe(decoded ? std::string_view(*decoded) : text);
}

// "rfc822;x+2By@z": the type, and the address as xtext.
std::string original_recipient(std::string_view orcpt)
{
    const auto address = orcpt.find(';') + 1; // 0 without a type
    return safe(orcpt.substr(0, address)) + from_xtext(orcpt.substr(address));
}

std::string status_part(const delivery::Report& report, const Parameters& parameters)
{
    std::string out = line("Reporting-MTA: dns; " + parameters.primary_hostname);
    if (!report.envelope.dsn_envid.empty())
        out += line("Original-Envelope-Id: " + from_xtext(report.envelope.dsn_envid));
    if (report.envelope.received)
        out += line("Arrival-Date: " + mail::format_date(report.envelope.received / 1'000'000));
    for (const auto& failure : report.failures) {
        out += line("");
        out += line("Action: " + std::string(action_of(report.kind)));
        if (!failure.orcpt.empty())
            out += line("Original-Recipient: " + original_recipient(failure.orcpt));
        out += line("Final-Recipient: rfc822;" + safe(failure.original.empty() ? failure.address : failure.original));
        out += line("Status: " + status_of(failure, report.kind));
        if (!failure.remote_mta.empty())
            out += line("Remote-MTA: dns; " + safe(failure.remote_mta));
        if (!failure.smtp_reply.empty())
            out += line("Diagnostic-Code: smtp; " + safe(failure.smtp_reply));
    }
    return out;
}

std::string original_part(const delivery::Report& report, const Original& original)
{
    std::string out = line(std::string("Content-type: ") + (original.has_body ? "message/rfc822" : "text/rfc822-headers"));
    out += line("") + line("Return-path: <" + safe(report.envelope.sender) + ">") + original.headers;
    if (!original.headers.empty() && !original.headers.ends_with('\n'))
        out += "\r\n";
    if (original.is_limited) // as Exim says it
        out += line("X-Exim-DSN-Information: Due to administrative limits only headers are returned");
    if (!original.has_body)
        return out;
    out += line("") + original.body;
    if (!original.body.ends_with('\n'))
        out += "\r\n";
    return out;
}

// RFC 3463 section 2: what a status begins with.
char class_of(Kind kind)
{
    return kind == Kind::failure ? '5' : kind == Kind::delay ? '4' : '2';
}

// A failure may be of the temporary kind: it was tried for as long as the rules say. Whatever a server calls its
// refusal, no failure is told as a success.
bool is_status(std::string_view code, Kind kind)
{
    return code.starts_with(class_of(kind)) || (kind == Kind::failure && code.starts_with('4'));
}

}

std::string status_of(const delivery::Failure& failure, delivery::Report::Kind kind)
{
    // "550 5.1.1 no such user", or "550-5.1.1 no" and more lines
    const std::string_view reply = failure.smtp_reply;
    for (const auto text : {std::string_view(failure.status), reply.substr(std::min<std::size_t>(4, reply.size()))})
        if (const auto code = mail::enhanced_at_start(text); is_status(code, kind))
            return std::string(code);
    return class_of(kind) + std::string(".0.0");
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
        out += line(mark) + original_part(report, original) + line("");
    out += line(mark + "--");
    return out;
}

}
