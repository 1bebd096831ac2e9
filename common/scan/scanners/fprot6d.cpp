// f-prot6d: "SCAN FILE path"; the answer is "0 <clean> path" or "1 <infected: NAME> path".

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>&,
                                  event::Deadline until)
{
    TRY(server.write("SCAN FILE " + TRY(letter.file()) + "\n", until));
    event::LineReader reader{server};
    const auto answer = TRY(read_answer(reader, letter, "unable to read from socket (Connection timed out)", until));
    const auto open = answer.find('<'), close = answer.find('>');
    const auto code = parse_unsigned(trim(std::string_view(answer).substr(0, std::min(open, answer.size()))));
    if (!code || open == std::string::npos || close == std::string::npos || close < open)
        return temporary("scanner reported: " + (answer.empty() ? "nothing" : escape(answer.substr(0, 200))));
    constexpr std::uint64_t found_something = 3; // of the bits of the code: infected, or suspicious
    auto words = trim(std::string_view(answer).substr(open + 1, close - open - 1));
    if ((*code & found_something) == 0)
        return *code == 0 ? Result<std::vector<Finding>>{std::vector<Finding>{}} : temporary("scanner reported: " + escape(words));
    if (const auto colon = words.find(": "); colon != std::string_view::npos)
        words = words.substr(colon + 2);
    return std::vector<Finding>{{"malware_name", std::string(words)}};
}

const RegisterScanner self{{.name = "f-prot6d", .scan = scan, .doc = "F-Prot 6's daemon."}};

}
}
