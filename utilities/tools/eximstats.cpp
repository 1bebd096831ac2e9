// eximstats: statistics of main logs as text, HTML or CSV (manual 54.7).
#include <algorithm>
#include <cstdio>
#include <memory>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/mainlog/log_file.h"
#include "utilities/statistics/merge.h"
#include "utilities/statistics/report.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text =
    "Usage: eximstats [output] [options] mainlog ...\n\n"
    "       eximstats -merge [output] [options] report ...\n\n"
    "Output: -txt[=FILE]  -html[=FILE]  -csv[=FILE]   (text to standard output when none is named)\n\n"
    "  -hNUMBER           divisions of an hour in the histograms (1); 0: no histograms\n"
    "  -ne  -nr[/RE/]  -nt[/RE/]   no errors, no relays (like RE), no transports; with RE no deliveries by those\n"
    "  -qLIST  -show_dtLIST  -show_rtLIST   limits in seconds for times in the queue, of delivery, of receipt\n"
    "  -tNUMBER           rows of the top lists (50); 0: none.   -tnl  no lists of local senders and destinations\n"
    "  -t_remote_users    users of other hosts among the local ones\n"
    "  -include_original_destination   what an address was before redirection, in the lists\n"
    "  -byhost -bydomain -byemail -byedomain   what the top lists are about\n"
    "  -pattern TEXT /RE/ counts the lines that match\n"
    "  -charts            bars in the HTML page; with -chartdir DIR as SVG files there, which the page names behind\n"
    "                     -chartrel DIR (else behind DIR)\n"
    "  -merge             reads reports (text or HTML, Exim's or ours) and adds them up\n"
    "  -nvr               volumes to the octet, not in KB, MB, GB\n"
    "  -utc               times of a log with zones in UTC\n"
    "  -emptyok           no log lines is no error\n\n"
    "Without a log, standard input is read. Packed logs (.gz .bz2 .xz .zst) are unpacked.\n";

using Writer = std::string (*)(const Traffic&, const ReportOptions&);

struct Output {
    Writer write;
    std::string path; // empty: standard output
};

struct Task {
    TrafficOptions traffic;
    ReportOptions report;
    std::vector<Output> outputs;
    std::vector<std::string> logs;
    std::string chart_directory, chart_relative;
    bool may_be_empty = false;
    bool asks_help = false;
    bool merges = false;
    bool has_divisions = false; // -h was given
};

Result<std::vector<std::int64_t>> limits_of(std::string_view text)
{
    std::vector<std::int64_t> limits;
    for (const auto part : split(text, ',')) {
        const auto factor = part.find('*'); // "60*5", as the original allows
        auto seconds = TRY(parse_integer(part.substr(0, factor)));
        if (factor != std::string_view::npos)
            seconds *= TRY(parse_integer(part.substr(factor + 1)));
        limits.push_back(seconds);
    }
    std::ranges::sort(limits);
    if (limits.size() == 1 && limits.front() == 0)
        limits.clear();
    return limits;
}

// "/RE/", "RE": the expression.
Result<lookup::Regex> regex_of(std::string_view text)
{
    if (text.starts_with('/') && text.size() > 1)
        text = text.substr(1, text.rfind('/') == 0 ? std::string_view::npos : text.rfind('/') - 1);
    return lookup::Regex::compile(text);
}

class Reader {
public:
    explicit Reader(const std::vector<std::string>& words) : words_(words) {}

    Result<Task> read()
    {
        for (; at_ < words_.size(); ++at_) {
            const auto& word = words_[at_];
            if (word.size() > 1 && word.front() == '-')
                TRY(take(word.substr(word.starts_with("--") ? 2 : 1)));
            else
                task_.logs.push_back(word);
        }
        std::ranges::sort(ways_); // in the order of the report, whatever the order here
        const auto twice = std::ranges::unique(ways_);
        ways_.erase(twice.begin(), twice.end());
        if (!ways_.empty())
            task_.report.ways = ways_;
        if (task_.outputs.empty())
            task_.outputs.push_back({&text_report, {}});
        return std::move(task_);
    }

private:
    Status take(const std::string& word)
    {
        const auto known = take_output(word) || take_switch(word);
        if (known)
            return {};
        return take_value(word);
    }

    bool take_output(const std::string& word)
    {
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        const Writer write = name == "txt"    ? &text_report
                             : name == "html" ? &html_report
                             : name == "csv"  ? &csv_report
                                              : nullptr;
        if (!write)
            return false;
        auto path = equals == std::string::npos ? std::string() : word.substr(equals + 1);
        task_.outputs.push_back({write, path == "-" ? "" : path});
        return true;
    }

    bool take_switch(const std::string& word)
    {
        constexpr std::pair<std::string_view, By> ways[] = {{"byhost", By::host},
                                                            {"bydomain", By::domain},
                                                            {"byemail", By::email},
                                                            {"byedomain", By::email_domain},
                                                            {"byemaildomain", By::email_domain}};
        for (const auto& [name, by] : ways)
            if (word == name) {
                ways_.push_back(by);
                return true;
            }
        const std::pair<std::string_view, bool*> switches[] = {{"emptyok", &task_.may_be_empty},
                                                               {"help", &task_.asks_help},
                                                               {"merge", &task_.merges},
                                                               {"utc", &task_.traffic.in_utc},
                                                               {"t_remote_users", &task_.traffic.counts_remote_users},
                                                               {"include_original_destination", &task_.traffic.keeps_originals},
                                                               {"charts", &task_.report.has_charts}};
        for (const auto& [name, value] : switches)
            if (word == name)
                return *value = true;
        const std::pair<std::string_view, bool*> negations[] = {{"ne", &task_.report.shows_errors},
                                                                {"nr", &task_.report.shows_relays},
                                                                {"nt", &task_.report.shows_transports},
                                                                {"nvr", &task_.report.rounds_volumes},
                                                                {"tnl", &task_.report.shows_local}};
        for (const auto& [name, value] : negations)
            if (word == name) {
                *value = false;
                return true;
            }
        return false;
    }

    Status take_value(const std::string& word)
    {
        if (word.starts_with("nr/"))
            task_.traffic.hidden_relays = TRY(regex_of(word.substr(2)));
        else if (word.starts_with("nt/"))
            task_.traffic.hidden_transports = TRY(regex_of(word.substr(2)));
        else if (word.starts_with("show_dt"))
            task_.traffic.delivery_limits = TRY(limits_or_default(word.substr(7)));
        else if (word.starts_with("show_rt"))
            task_.traffic.receipt_limits = TRY(limits_or_default(word.substr(7)));
        else if (word == "pattern")
            TRY(take_pattern());
        else if (word == "chartdir" || word == "chartrel")
            TRY(take_folder(word));
        else if (word == "d")
            return permanent("-d shows a parser that the original makes as it runs; this one makes none");
        else if (word == "xls" || word.starts_with("xls="))
            return permanent("-xls: no library of Debian for C++ writes that format; -csv gives what spreadsheets read, -html what people do");
        else if (word.starts_with('h'))
            TRY(take_divisions(word.substr(1)));
        else if (word.starts_with('q'))
            task_.traffic.queue_limits = TRY(limits_of(word.substr(1)));
        else if (word.starts_with('t') && word.size() > 1 && is_digit(word[1]))
            task_.report.top = static_cast<int>(std::min<std::int64_t>(TRY(parse_integer(word.substr(1))), 1000000));
        else
            return permanent("unknown or malformed option -" + word);
        return {};
    }

    Result<std::vector<std::int64_t>> limits_or_default(const std::string& text) const
    {
        if (text.empty())
            return task_.traffic.queue_limits;
        return limits_of(text);
    }

    Status take_divisions(const std::string& text)
    {
        const auto number = TRY(parse_integer(text));
        if (number < 0 || number > 60 || (number > 0 && 60 % number != 0))
            return permanent("-h" + text + ": only 0 and what divides 60 without a rest (1, 2, 3, 4, 5, 6, 10 …) is possible");
        task_.traffic.divisions = static_cast<int>(number);
        task_.has_divisions = true;
        return {};
    }

    Status take_folder(const std::string& option)
    {
        if (at_ + 1 >= words_.size())
            return permanent("-" + option + " needs a folder");
        (option == "chartdir" ? task_.chart_directory : task_.chart_relative) = words_[++at_];
        return {};
    }

    Status take_pattern()
    {
        if (at_ + 2 >= words_.size())
            return permanent("-pattern needs a description and /an expression/");
        const auto& text = words_[at_ + 1];
        auto expression = TRY(regex_of(words_[at_ + 2]));
        task_.traffic.patterns.push_back({text, std::move(expression)});
        at_ += 2;
        return {};
    }

    const std::vector<std::string>& words_;
    std::size_t at_ = 0;
    std::vector<By> ways_;
    Task task_;
};

Status read_logs(const std::vector<std::string>& logs, Traffic& traffic)
{
    for (const auto& path : logs) {
        auto file = TRY(mainlog::LogFile::open(path));
        std::string_view line;
        while (file.next(line))
            traffic.take(line);
        TRY(file.finish());
    }
    return {};
}

Status write_one(const std::string& path, const std::string& text)
{
    std::FILE* file = path.empty() ? stdout : std::fopen(path.c_str(), "we");
    if (!file)
        return system_error(path);
    const bool good = std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
    if (file != stdout)
        std::fclose(file);
    return good ? Status{} : Status{system_error(path.empty() ? "standard output" : path)};
}

std::string with_slash(const std::string& folder)
{
    return folder.empty() || folder.ends_with('/') ? folder : folder + "/";
}

// The charts that the pages gather are written before them: a page that is there names files that are there.
Status write_all(Task& task, const Traffic& traffic)
{
    if (!task.chart_directory.empty()) {
        task.report.chart_files = std::make_shared<std::vector<ChartFile>>();
        task.report.chart_prefix = with_slash(task.chart_relative.empty() ? task.chart_directory : task.chart_relative);
    }
    for (const auto& output : task.outputs) {
        if (task.report.chart_files)
            task.report.chart_files->clear();
        const auto text = output.write(traffic, task.report);
        if (task.report.chart_files)
            for (const auto& chart : *task.report.chart_files)
                TRY(write_one(with_slash(task.chart_directory) + chart.name, chart.text));
        TRY(write_one(output.path, text));
    }
    return {};
}

// Options that have an effect on pages alone are told when no page is written.
void warn_of_charts(const Task& task)
{
    const bool has_page = std::ranges::any_of(task.outputs, [](const auto& output) { return output.write == &html_report; });
    if ((task.report.has_charts || !task.chart_directory.empty() || !task.chart_relative.empty()) && !has_page)
        std::fputs("eximstats: charts are drawn with -html only\n", stderr);
    else if ((!task.chart_directory.empty() || !task.chart_relative.empty()) && !task.report.has_charts)
        std::fputs("eximstats: -chartdir and -chartrel have an effect with -charts only\n", stderr);
}

Result<Traffic> traffic_of(Task& task)
{
    if (!task.merges) {
        Traffic traffic{std::move(task.traffic)};
        TRY(read_logs(task.logs, traffic));
        return traffic;
    }
    Reports reports;
    for (const auto& path : task.logs)
        TRY(reports.read(path));
    reports.prepare(task.traffic, task.has_divisions);
    Traffic traffic{std::move(task.traffic)};
    reports.add_to(traffic);
    return traffic;
}

int run(const Call& call)
{
    auto task = Reader(call.arguments).read();
    if (!task || task->asks_help) {
        std::fputs(usage_text, task ? stdout : stderr);
        return task ? 0 : fail("eximstats", 1, task.error().text);
    }
    if (task->logs.empty())
        task->logs.emplace_back("-");
    task->traffic.counts_relays = task->report.shows_relays;
    warn_of_charts(*task);
    const auto traffic = traffic_of(*task);
    if (!traffic)
        return fail("eximstats", 1, traffic.error().text);
    if (traffic->lines == 0 && !task->may_be_empty)
        return fail("eximstats", 1, "no valid log lines read");
    const auto written = write_all(*task, *traffic);
    return written ? 0 : fail("eximstats", 1, written.error().text);
}

const RegisterTool self{Tool{.name = "eximstats", .text = "statistics of main logs: text, HTML, CSV", .run = run}};

}

}
