// rspamd: CHECK of its protocol RSPAMC/1.3, as Exim speaks it. The arguments: lines that tell of the envelope and
// the client ("From: <a@b.example>").

#include "common/base/text.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

constexpr std::string_view metric = "Metric: default;";
constexpr std::string_view action = "Action: ";

std::string request(const Letter& letter, const std::vector<std::string>& arguments)
{
    std::string out = "CHECK RSPAMC/1.3\r\nContent-length: " + std::to_string(letter.size()) + "\r\n";
    for (auto line : arguments) {
        std::erase_if(line, [](char c) { return c == '\r' || c == '\n'; });
        out += line + "\r\n";
    }
    return out + "\r\n";
}

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>& arguments,
                                  event::Deadline until)
{
    TRY(server.write(request(letter, arguments), until));
    TRY(letter.each([&](std::string_view piece) { return server.write(piece, until); }));
    server.finish();
    const auto answer = TRY(read_all(server, letter.most_answer, until));
    // "RSPAMD/1.3 0 EX_OK", "Metric: default; False; 20.00 / 15.00 / 0.0", and what is the report.
    const std::string_view text = answer;
    const auto first = text.substr(0, text.find('\n'));
    const auto begin = text.find(metric);
    if (!first.starts_with("RSPAMD/") || first.find(" 0 ") == std::string_view::npos)
        return temporary("rspamd: " + (text.empty() ? "no answer" : escape(trim(first).substr(0, 200))));
    const auto end = begin == std::string_view::npos ? begin : text.find('\n', begin);
    if (end == std::string_view::npos)
        return temporary("rspamd: an answer without a score");
    const auto line = text.substr(begin, end - begin);
    const auto report = text.substr(end + 1);
    const auto found = score_and_threshold(line.substr(line.rfind(';') + 1));
    if (!found)
        return temporary("rspamd: an answer without a score");
    std::string_view advice;
    if (const auto at = report.find(action); at != std::string_view::npos)
        advice = trim(report.substr(at + action.size(), report.find('\n', at) - at - action.size()));
    return spam_findings(found->first, found->second, report, advice);
}

const RegisterScanner self{{.name = "rspamd", .scan = scan, .doc = "rspamd."}};

}
}
