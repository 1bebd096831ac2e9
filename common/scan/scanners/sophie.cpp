// sophie: is told a directory (the argument is its own place, for the log), and answers "1 NAME" (or "1:NAME"), "0", or "-1" for trouble of its own.

#include "common/base/text.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>& arguments,
                                  event::Deadline until)
{
    TRY(server.write(directory_of(TRY(letter.file())) + "\n", until));
    event::LineReader reader{server};
    const std::string place = arguments.empty() ? "sophie" : arguments.front();
    const auto late = "unable to read from " + std::string(place.starts_with('/') ? "UNIX " : "") + "socket (" + place + ")";
    const auto answer = TRY(read_answer(reader, letter, late, until));
    if (answer.starts_with('1'))
        return std::vector<Finding>{{"malware_name", std::string(trim(std::string_view(answer).substr(std::min<std::size_t>(2, answer.size()))))}};
    if (answer.starts_with('0'))
        return std::vector<Finding>{};
    return temporary("scanner reported error");
}

const RegisterScanner self{{.name = "sophie", .scan = scan, .doc = "Sophie, Sophos' daemon."}};

}
}
