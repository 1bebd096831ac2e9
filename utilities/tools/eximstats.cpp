// eximstats: statistics of main logs as text, HTML or CSV (manual 54.7).
#include <algorithm>
#include <cstdio>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/mainlog/log_file.h"
#include "utilities/statistics/report.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text =
    "Usage: eximstats [output] [options] mainlog ...\n\n"
    "Output: -txt[=FILE]  -html[=FILE]  -csv[=FILE]   (text to standard output when none is named)\n\n"
    "  -hNUMBER           divisions of an hour in the histograms (1); 0: no histograms\n"
    "  -ne  -nr[/RE/]  -nt[/RE/]   no errors, no relays (like RE), no transports (like RE)\n"
    "  -qLIST  -show_dtLIST  -show_rtLIST   limits in seconds for times in the queue, of delivery, of receipt\n"
    "  -tNUMBER           rows of the top lists (50); 0: none.   -tnl  without local ones\n"
    "  -byhost -bydomain -byemail -byedomain   what the top lists are about\n"
    "  -pattern TEXT /RE/ counts the lines that match\n"
    "  -charts            bars in the HTML page\n"
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
    bool may_be_empty = false;
    bool asks_help = false;
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
                                                               {"charts", &task_.report.has_charts}};
        for (const auto& [name, value] : switches)
            if (word == name)
                return *value = true;
        const std::pair<std::string_view, bool*> negations[] = {{"ne", &task_.report.shows_errors},
                                                                {"nr", &task_.report.shows_relays},
                                                                {"nt", &task_.report.shows_transports},
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
        constexpr std::int64_t allowed[] = {0, 1, 2, 3, 5, 10, 15, 20, 30, 60};
        if (std::ranges::find(allowed, number) == std::end(allowed))
            return permanent("-h" + text + ": only 0, 1, 2, 3, 5, 10, 15, 20, 30 and 60 divide an hour here");
        task_.traffic.divisions = static_cast<int>(number);
        return {};
    }

    Status take_pattern()
    {
        if (at_ + 2 >= words_.size())
            return permanent("-pattern needs a description and /an expression/");
        const auto& text = words_[at_ + 1];
        task_.traffic.patterns.push_back({text, TRY(regex_of(words_[at_ + 2]))});
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

Status write_one(const Output& output, const std::string& text)
{
    std::FILE* file = output.path.empty() ? stdout : std::fopen(output.path.c_str(), "we");
    if (!file)
        return system_error(output.path);
    const bool good = std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
    if (file != stdout)
        std::fclose(file);
    return good ? Status{} : Status{system_error(output.path.empty() ? "standard output" : output.path)};
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
    Traffic traffic{std::move(task->traffic)};
    if (const auto read = read_logs(task->logs, traffic); !read)
        return fail("eximstats", 1, read.error().text);
    if (traffic.lines == 0 && !task->may_be_empty)
        return fail("eximstats", 1, "no valid log lines read");
    for (const auto& output : task->outputs)
        if (const auto written = write_one(output, output.write(traffic, task->report)); !written)
            return fail("eximstats", 1, written.error().text);
    return 0;
}

const RegisterTool self{Tool{.name = "eximstats", .text = "statistics of main logs: text, HTML, CSV", .run = run}};

}

}
