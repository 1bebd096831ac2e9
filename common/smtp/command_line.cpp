#include "common/smtp/command_line.h"

#include <arpa/inet.h>

#include "common/base/text.h"
#include "common/mail/address.h"

namespace gp::smtp {

bool CommandLine::is(std::string_view name) const
{
    return same_nocase(verb, name);
}

namespace {

// Takes "FROM:" or "TO:" off an argument.
bool take_keyword(std::string_view& argument, std::string_view keyword)
{
    if (!starts_nocase(argument, keyword))
        return false;
    argument = trim(argument.substr(keyword.size()));
    return true;
}

}

Result<CommandLine> parse_command(std::string_view line)
{
    if (line.find('\0') != std::string_view::npos)
        return permanent("NUL characters are not allowed in SMTP commands");
    if (line.find_first_of("\r\n") != std::string_view::npos)
        return permanent("bare CR or LF characters are not allowed in SMTP commands");
    line = trim_right(line);
    CommandLine command;
    const auto blank = line.find_first_of(" \t");
    command.verb = line.substr(0, blank);
    if (blank == std::string_view::npos) {
        command.malformed = command.is("MAIL") || command.is("RCPT");
        return command;
    }
    if (command.is("MAIL") || command.is("RCPT")) {
        command.argument = line.substr(blank + 1);
        command.malformed = !take_keyword(command.argument, command.is("MAIL") ? "FROM:" : "TO:");
        return command;
    }
    command.argument = trim(line.substr(blank + 1));
    return command;
}

namespace {

bool is_address(std::string_view text)
{
    char buffer[16];
    const std::string copy(text);
    return ::inet_pton(AF_INET, copy.c_str(), buffer) == 1 || ::inet_pton(AF_INET6, copy.c_str(), buffer) == 1;
}

}

bool is_valid_helo(std::string_view argument, std::string_view allowed)
{
    if (argument.empty())
        return false;
    // RFC 5321 section 4.1.3: an address literal; an IPv4 address may come without brackets, as Exim has it.
    if (argument.front() == '[')
        return is_address(mail::domain_literal_of(argument));
    for (char c : argument)
        if (!is_alnum(c) && c != '.' && c != '-' && allowed.find(c) == std::string_view::npos)
            return false;
    return true;
}

}
