#include "common/scan/scanner.h"

#include <charconv>

#include "common/base/text.h"

namespace gp::scan {
namespace {

constexpr std::size_t longest_report = 32 * 1024;
constexpr int longest_bar = 50;

std::optional<double> number_in(std::string_view text)
{
    double number = 0;
    text = trim(text);
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    return end.ec == std::errc{} && std::abs(number) < 1e9 ? std::optional{number} : std::nullopt;
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
    const int points = static_cast<int>(std::min(std::abs(score), double{longest_bar}));
    return points == 0 ? "/" : std::string(static_cast<std::size_t>(points), score < 0 ? '-' : '+');
}

}

Result<std::string> read_all(event::Stream& server, std::size_t most, event::Deadline until)
{
    std::string out;
    std::array<char, 4096> buffer;
    for (;;) {
        const auto got = TRY(server.read(buffer, until));
        if (got == 0)
            return out;
        out.append(buffer.data(), got);
        if (out.size() > most)
            return temporary("the scanner's answer is too long (scanner_answer_limit)", Cause::too_big);
    }
}

Result<std::string> read_answer(event::LineReader& server, const Letter& letter, std::string_view late, event::Deadline until)
{
    auto line = server.read_line(letter.most_answer, until);
    if (!line)
        return temporary(line.error().cause == Cause::timeout ? std::string(late) : line.error().text);
    if (line->too_long)
        return temporary("the scanner's answer is too long (scanner_answer_limit)", Cause::too_big);
    return std::string(trim_right(line->text));
}

std::string directory_of(const std::string& path)
{
    return path.substr(0, path.rfind('/'));
}

std::optional<std::pair<double, double>> score_and_threshold(std::string_view text)
{
    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return {};
    const auto score = number_in(text.substr(0, slash));
    const auto threshold = number_in(text.substr(slash + 1));
    return score && threshold ? std::optional{std::pair{*score, *threshold}} : std::nullopt;
}

// The score is rounded, the integer cut off: -1.5 is -14 and 15.56 is 155, as Exim has them.
std::vector<Finding> spam_findings(double score, double threshold, std::string_view report, std::string_view action)
{
    auto text = replace_all(std::string(report.substr(0, longest_report)), "\r\n", "\n");
    while (!text.empty() && is_space(text.back()))
        text.pop_back();
    text = replace_all(std::move(text), "\n", "\n "); // so that it can stand in a header
    return {{"spam_score", fixed(score)},
            {"spam_score_int", std::to_string(static_cast<long>(score * 10 + 0.001))},
            {"spam_bar", bar_of(score)},
            {"spam_report", std::move(text)},
            {"spam_action", std::string(action)},
            {"spam_is", score >= threshold ? "1" : "0"}};
}

}
