// Command lines with their paths and parameters, replies, and answers to EHLO.
//
// Input: octet 0 what was offered, the text.

#include "common/smtp/chunk.h"
#include "common/smtp/command_line.h"
#include "common/smtp/parameter.h"
#include "common/smtp/reply.h"

namespace {

using namespace gp;

void check_path(std::string_view argument, const smtp::Extensions& offered)
{
    const auto mail = smtp::split_path(
        argument, [&](const smtp::Parameter& p) { return smtp::knows_mail_parameter(p, offered); });
    if (!argument.starts_with(mail.path))
        panic("the path comes first");
    if (const auto values = smtp::read_mail_parameters(mail.parameters, offered)) {
        const auto written = smtp::write_mail_parameters(*values, offered);
        if (written.find_first_of("\r\n") != std::string::npos)
            panic("parameters end no line");
    }
    const auto rcpt = smtp::split_path(
        argument, [&](const smtp::Parameter& p) { return smtp::knows_rcpt_parameter(p, offered); });
    if (const auto values = smtp::read_rcpt_parameters(rcpt.parameters, offered)) {
        const auto written = smtp::write_rcpt_parameters(*values, offered);
        if (written.find_first_of("\r\n") != std::string::npos)
            panic("parameters end no line");
    }
}

// A reply never holds a line end of its own, and is read as it is written.
void check_reply(std::string_view text)
{
    const smtp::Reply reply(550, "5.7.1", std::string(text.substr(0, 900)));
    const auto wire = reply.wire(true);
    smtp::ReplyReader reader;
    std::optional<smtp::Reply> got;
    for (std::size_t at = 0; at < wire.size();) {
        const auto end = wire.find("\r\n", at);
        if (end == std::string::npos || got)
            panic("a reply ends with its last line");
        auto added = reader.add(std::string_view(wire).substr(at, end - at));
        if (!added)
            return; // more lines than a reader takes
        got = std::move(*added);
        at = end + 2;
    }
    if (!got || got->code != 550)
        panic("a reply is read as it is written");
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};
    smtp::Extensions offered;
    offered.esmtp = data[0] & 1;
    offered.dsn = data[0] & 2;
    offered.eight_bit_mime = data[0] & 4;
    offered.smtputf8 = data[0] & 8;
    if (data[0] & 16)
        offered.auth = {"PLAIN"};
    if (data[0] & 32)
        offered.size = 1000;
    offered.requiretls = data[0] & 64;

    if (const auto command = smtp::parse_command(text)) {
        if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
            panic("what two parsers could read differently is refused");
        (void)smtp::is_valid_helo(command->argument, "_");
        if (const auto chunk = smtp::parse_bdat(command->argument);
            chunk && smtp::parse_bdat(std::to_string(chunk->size))->size != chunk->size)
            panic("a size is read as it is written");
        check_path(command->argument, offered);
    }
    check_reply(text);
    std::vector<std::string> lines{"greeting"};
    for (std::size_t at = 0; at < text.size() && lines.size() < 100;) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    auto answer = smtp::extension_lines(smtp::parse_extensions(lines));
    answer.insert(answer.begin(), "greeting");
    if (smtp::extension_lines(smtp::parse_extensions(answer)).size() + 1 != answer.size())
        panic("extensions are read as they are written");
    return 0;
}
