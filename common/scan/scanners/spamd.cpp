// spamd: SpamAssassin's daemon, its protocol SPAMC/1.2 with REPORT. The argument: the user whose rules count.

#include "common/base/text.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>& arguments,
                                  event::Deadline until)
{
    std::string user = arguments.empty() ? "nobody" : arguments.front();
    std::erase_if(user, [](char c) { return c == '\r' || c == '\n'; });
    TRY(server.write("REPORT SPAMC/1.2\r\nUser: " + user + "\r\nContent-length: " + std::to_string(letter.size()) + "\r\n\r\n", until));
    TRY(letter.each([&](std::string_view piece) { return server.write(piece, until); }));
    server.finish();
    const auto answer = TRY(read_all(server, letter.most_answer, until));
    // "SPAMD/1.1 0 EX_OK", headers, an empty line, the report.
    const auto first = std::string_view(answer).substr(0, answer.find('\n'));
    const auto end = answer.find("\r\n\r\n");
    if (!first.starts_with("SPAMD/") || first.find(" 0 ") == std::string_view::npos || end == std::string::npos)
        return temporary("spamd: " + (answer.empty() ? "no answer" : escape(trim(first).substr(0, 200))));
    for (auto line : split(std::string_view(answer).substr(0, end), '\n')) {
        const auto semicolon = line.find(';');
        if (!starts_nocase(line, "Spam:") || semicolon == std::string_view::npos)
            continue;
        if (const auto found = score_and_threshold(line.substr(semicolon + 1)))
            return spam_findings(found->first, found->second, std::string_view(answer).substr(end + 4),
                                 found->first >= found->second ? "reject" : "no action");
    }
    return temporary("spamd: an answer without a score");
}

const RegisterScanner self{{.name = "spamd", .scan = scan, .doc = "SpamAssassin's daemon."}};

}
}
