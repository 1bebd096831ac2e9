// cmdline: a program that is given the message's directory; a pattern finds a finding in what it writes, another one its
// name (manual 45.1).
//
// This process may run nothing. "The scanner" is the end of a socket whose other end router holds (router/scan_command.h):
// one line from here says that the file is there, router has launcher run the program that the configuration names, and
// answers with a line that has its status, and with what it wrote.

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/lookup/regex.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

// The name in the first line that the pattern fits.
Result<std::string> name_in(std::string_view output, const std::string& pattern)
{
    const auto name = TRY(lookup::Regex::compile(pattern));
    std::vector<lookup::Regex::Span> groups;
    for (const auto line : split(output, '\n')) {
        const std::string text(line);
        if (TRY(name.match(text, groups)) && groups.size() > 1 && groups[1].is_set)
            return text.substr(groups[1].from, groups[1].to - groups[1].from);
    }
    return std::string("unknown");
}

Result<bool> is_in_a_line(std::string_view output, const std::string& pattern)
{
    const auto trigger = TRY(lookup::Regex::compile(pattern));
    for (const auto line : split(output, '\n'))
        if (TRY(trigger.matches(std::string(line))))
            return true;
    return false;
}

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>& arguments,
                                  event::Deadline until)
{
    if (arguments.size() != 3)
        return misconfigured("cmdline wants a command and two patterns");
    TRY(server.write(directory_of(TRY(letter.file())) + "\n", until));
    const auto answer = read_all(server, letter.most_answer, until);
    if (!answer)
        return temporary(answer.error().cause == Cause::timeout ? "command timed out" : answer.error().text);
    const auto end = answer->find('\n');
    const auto status = parse_unsigned(std::string_view(*answer).substr(0, std::min(end, answer->size())));
    if (!status)
        return temporary(answer->empty() ? "the command could not be run" : escape(answer->substr(0, 200)));
    if (*status != 0)
        return temporary("scanner returned error code: " + std::to_string(*status));
    const auto output = std::string_view(*answer).substr(end + 1);
    if (!TRY(is_in_a_line(output, arguments[1])))
        return std::vector<Finding>{};
    auto name = TRY(name_in(output, arguments[2]));
    return std::vector<Finding>{{"malware_name", std::move(name)}};
}

const RegisterScanner self{{.name = "cmdline", .scan = scan, .doc = "Any program that is run and writes what it finds."}};

}
}
