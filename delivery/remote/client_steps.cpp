#include "delivery/remote/client_steps.h"

#include "common/base/result.h"
#include "common/base/text.h"
#include "common/mail/status_code.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace gp::remote {
namespace {

constexpr auto command = &SmtpOptions::command_timeout;
constexpr auto block = &SmtpOptions::data_timeout;
constexpr auto final = &SmtpOptions::final_timeout;

// clang-format off
constexpr std::array rows = {
    //      step               name                  good  wait     refused           timed out         lost           4xx is
    StepRow{Step::connection,  "initial connection", '2',  command, Fault::host,      Fault::host,      Fault::host,    ""},
    StepRow{Step::ehlo,        "",                   '2',  command, Fault::host,      Fault::host,      Fault::host,    ""},
    StepRow{Step::helo,        "",                   '2',  command, Fault::host,      Fault::host,      Fault::host,    ""},
    StepRow{Step::starttls,    "STARTTLS",           '2',  command, Fault::host,      Fault::host,      Fault::host,    ""},
    StepRow{Step::auth,        "AUTH",               '2',  command, Fault::host,      Fault::host,      Fault::host,    ""},
    StepRow{Step::rset,        "RSET",               '2',  command, Fault::host,      Fault::host,      Fault::host,    ""},
    StepRow{Step::mail,        "",                   '2',  command, Fault::message,   Fault::message,   Fault::host,    "mail_4xx"},
    StepRow{Step::rcpt,        "",                   '2',  command, Fault::recipient, Fault::recipient, Fault::host,    "rcpt_4xx"},
    StepRow{Step::data,        "DATA",               '3',  command, Fault::message,   Fault::host,      Fault::host,    "data_4xx"},
    StepRow{Step::block,       "sending data block", '2',  block,   Fault::message,   Fault::host,      Fault::host,    "data_4xx"},
    StepRow{Step::end_of_data, "end of data",        '2',  final,   Fault::message,   Fault::message,   Fault::message, "data_4xx"},
    StepRow{Step::quit,        "QUIT",               '2',  command, Fault::host,      Fault::host,      Fault::host,    ""},
};
// clang-format on

std::int32_t number_of(std::string_view retry_word)
{
    if (retry_word == "mail_4xx")
        return error_mail_4xx;
    if (retry_word == "rcpt_4xx")
        return error_rcpt_4xx;
    return retry_word == "data_4xx" ? error_data_4xx : 0;
}

}

const StepRow& row_of(Step step)
{
    for (const auto& row : rows)
        if (row.step == step)
            return row;
    panic("every step has a row");
}

std::string ServerReply::enhanced() const
{
    return lines.empty() ? std::string{} : std::string(mail::enhanced_at_start(lines.front()));
}

std::string ServerReply::text(std::string_view separator) const
{
    std::string out;
    for (std::size_t at = 0; at < lines.size() && out.size() < max_text; ++at) {
        out += at == 0 ? "" : separator;
        out += std::to_string(code) + (at + 1 < lines.size() ? "-" : " ");
        out += escape(trim_right(lines[at]), true);
        if (out.back() == ' ') // a code and nothing else
            out.pop_back();
    }
    if (out.size() > max_text)
        out.resize(max_text);
    return out;
}

std::string Trouble::host_text() const
{
    // A refusal to connect has no words but the system's own.
    if (error_number <= 0 || text == std::strerror(error_number))
        return text;
    return text + ": " + std::strerror(error_number);
}

std::string Place::text() const
{
    const auto& row = row_of(step);
    return (pipelined ? "pipelined " : "") + (command.empty() ? std::string(row.name) : command);
}

namespace {

// What was said of one recipient reads the same whether it came in a group or not.
std::string said(Place place)
{
    place.pipelined = place.pipelined && place.step != Step::rcpt;
    return place.text();
}

}

Trouble refused(const Place& place, const ServerReply& reply)
{
    const auto& row = row_of(place.step);
    Trouble trouble;
    trouble.fault = row.refused;
    trouble.permanent = reply.kind() == '5';
    // 421 at any point: the server closes (RFC 5321 section 3.8). It hears a QUIT, as from Exim.
    trouble.connection_lost = trouble.leaves_politely = reply.code == 421;
    trouble.text = std::string(place.protocol) + " error" +
                   (place.protocol == "SMTP" ? " from remote mail server after " : " after ") + said(place) + ": " +
                   reply.text("\\n");
    if (reply.kind() == '4') {
        trouble.error_name = row.retry_word;
        trouble.error_number = number_of(row.retry_word);
    }
    trouble.smtp_code = reply.code;
    trouble.enhanced = reply.enhanced();
    return trouble;
}

Trouble timed_out(const Place& place)
{
    return {.fault = row_of(place.step).timed_out,
            .connection_lost = true,
            .text = std::string(place.protocol) + " timeout after " + said(place),
            .error_name = place.from_mx ? "timeout_MX" : "timeout_A",
            .error_number = ETIMEDOUT};
}

Trouble closed(const Place& place)
{
    return {.fault = row_of(place.step).lost,
            .connection_lost = true,
            .text = "Remote host closed connection in response to " + place.text(),
            .error_name = "lost_connection",
            .error_number = error_smtp_closed};
}

Trouble malformed(const Place& place, std::string_view line)
{
    std::string text = "Malformed SMTP reply ";
    text += line.empty() ? "(an empty line) in response to " + place.text()
                         : "in response to " + place.text() + ": " + escape(line.substr(0, 256), true);
    return {.fault = row_of(place.step).lost,
            .connection_lost = true,
            .text = std::move(text),
            .error_number = error_smtp_format};
}

}
