// sock: a line with the message's path, as the configuration words it; a pattern finds a finding in the answer,
// another one its name (manual 45.1).

#include "common/base/text.h"
#include "common/lookup/regex.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>& arguments,
                                  event::Deadline until)
{
    if (arguments.size() != 3)
        return misconfigured("sock wants a command and two patterns");
    const auto trigger = TRY(lookup::Regex::compile(arguments[1]));
    const auto name = TRY(lookup::Regex::compile(arguments[2]));
    auto command = replace_all(arguments[0], "%s", TRY(letter.file()));
    command = replace_all(std::move(command), "\\n", "\n");
    TRY(server.write(command + (command.ends_with('\n') ? "" : "\n"), until));
    const auto answer = read_all(server, letter.most_answer, until);
    if (!answer)
        return temporary(answer.error().cause == Cause::timeout ? "unable to read from socket (Connection timed out)"
                                                                : answer.error().text);
    if (!TRY(trigger.matches(*answer)))
        return std::vector<Finding>{};
    std::vector<lookup::Regex::Span> groups;
    const bool has_name = TRY(name.match(*answer, groups)) && groups.size() > 1 && groups[1].is_set;
    return std::vector<Finding>{{"malware_name", has_name ? answer->substr(groups[1].from, groups[1].to - groups[1].from) : std::string("unknown")}};
}

const RegisterScanner self{{.name = "sock", .scan = scan, .doc = "Any scanner that is asked in a line and answers."}};

}
}
