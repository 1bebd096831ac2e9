// spamd: SpamAssassin's daemon, its protocol SPAMC/1.2 with REPORT.

#include <charconv>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/scan/scanner.h"

namespace gp::scan {
namespace {

constexpr std::size_t longest_answer = 256 * 1024;
constexpr std::size_t longest_report = 32 * 1024;
constexpr int longest_bar = 50;

std::optional<double> number_of(std::string_view text)
{
    double number = 0;
    text = trim(text);
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    return end.ec == std::errc{} ? std::optional{number} : std::nullopt;
}

std::string fixed(double number)
{
    std::array<char, 64> room{};
    const auto end = std::to_chars(room.data(), room.data() + room.size(), number, std::chars_format::fixed, 1);
    return {room.data(), end.ptr};
}

// A mark for each point: "+++", "--", or "/" when there is none.
std::string bar_of(double score)
{
    const int points = std::min(static_cast<int>(score < 0 ? -score : score), longest_bar);
    return points == 0 ? "/" : std::string(static_cast<std::size_t>(points), score < 0 ? '-' : '+');
}

std::vector<Finding> findings(double score, double threshold, std::string_view report)
{
    const double tenths = score * 10;
    return {{"spam_score", fixed(score)},
            {"spam_score_int", std::to_string(static_cast<long>(tenths + (tenths < 0 ? -0.5 : 0.5)))},
            {"spam_bar", bar_of(score)},
            {"spam_report", replace_all(std::string(report.substr(0, longest_report)), "\r\n", "\n")},
            {"spam_action", score >= threshold ? "reject" : "no action"},
            {"spam_is", score >= threshold ? "1" : "0"}};
}

Result<std::vector<Finding>> scan(event::Stream& server, const Letter& letter, const std::vector<std::string>& arguments,
                                  event::Deadline until)
{
    std::string user = arguments.empty() ? "nobody" : arguments.front();
    std::erase_if(user, [](char c) { return c == '\r' || c == '\n'; });
    TRY(server.write("REPORT SPAMC/1.2\r\nUser: " + user + "\r\nContent-length: " + std::to_string(letter.size()) + "\r\n\r\n", until));
    TRY(letter.each([&](std::string_view piece) { return server.write(piece, until); }));
    server.finish();
    const auto answer = TRY(read_all(server, longest_answer, until));
    // "SPAMD/1.1 0 EX_OK", headers, an empty line, the report.
    const auto first = std::string_view(answer).substr(0, answer.find('\n'));
    const auto end = answer.find("\r\n\r\n");
    if (!first.starts_with("SPAMD/") || first.find(" 0 ") == std::string_view::npos || end == std::string::npos)
        return temporary("spamd: " + (answer.empty() ? "no answer" : escape(trim(first).substr(0, 200))));
    for (auto line : split(std::string_view(answer).substr(0, end), '\n')) {
        if (!starts_nocase(line, "Spam:"))
            continue;
        const auto semicolon = line.find(';'), slash = line.find('/');
        if (semicolon == std::string_view::npos || slash == std::string_view::npos || slash < semicolon)
            break;
        const auto score = number_of(line.substr(semicolon + 1, slash - semicolon - 1)), threshold = number_of(line.substr(slash + 1));
        if (score && threshold)
            return findings(*score, *threshold, std::string_view(answer).substr(end + 4));
    }
    return temporary("spamd: an answer without a score");
}

const RegisterScanner self{{.name = "spamd", .scan = scan, .doc = "SpamAssassin's daemon."}};

}
}
