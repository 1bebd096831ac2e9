#include "utilities/statistics/merge.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/mainlog/log_file.h"
#include "utilities/statistics/report.h"

namespace gp::utilities {
namespace {

using Cells = std::vector<std::string>;

std::string without_tags(std::string_view html)
{
    std::string text;
    bool is_inside = false;
    for (const char c : html)
        if (c == '<' || c == '>')
            is_inside = c == '<';
        else if (!is_inside)
            text += c;
    constexpr std::pair<std::string_view, std::string_view> entities[] = {
        {"&nbsp;", " "}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}};
    for (const auto& [entity, character] : entities)
        text = replace_all(std::move(text), entity, character);
    return text;
}

// The texts of the <td> or <th> of a row. A bare "<>" (an old report did not escape it) is none of the marks that end a cell.
Cells cells_of(std::string_view html)
{
    Cells cells;
    for (auto at = html.find("<t"); at != std::string_view::npos; at = html.find("<t", at + 1)) {
        const auto mark = html.substr(at, 3);
        if (mark != "<td" && mark != "<th")
            continue;
        const auto begin = html.find('>', at);
        if (begin == std::string_view::npos)
            break;
        const auto end = std::min(html.find("</td>", begin), html.find("</th>", begin));
        const auto inside = html.substr(begin + 1, end == std::string_view::npos ? end : end - begin - 1);
        cells.emplace_back(trim(replace_all(without_tags(replace_all(std::string(inside), "<>", "&lt;&gt;")), "\t", " ")));
    }
    return cells;
}

// All words of a row.
std::vector<std::string> words_of(const Cells& row)
{
    std::vector<std::string> words;
    for (const auto& cell : row)
        for (const auto word : split(cell, ' '))
            if (!trim(word).empty())
                words.emplace_back(trim(word));
    return words;
}

// The first `count` words and behind them the rest as it stands; nothing when there are fewer.
std::vector<std::string> leading(const Cells& row, std::size_t count)
{
    if (row.size() > 1)
        return row.size() > count ? row : std::vector<std::string>{};
    std::vector<std::string> parts;
    std::string_view rest = row.empty() ? std::string_view{} : std::string_view(row.front());
    while (parts.size() < count) {
        rest = trim_left(rest);
        const auto end = std::min(rest.find(' '), rest.size());
        if (end == 0)
            return {};
        parts.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end);
    }
    parts.emplace_back(trim(rest));
    return parts;
}

// A report may say anything: what no report counts is taken for the nearest that one might, so that sums stay numbers.
constexpr double most = 1e15;

std::int64_t number_of(std::string_view text)
{
    return static_cast<std::int64_t>(std::clamp(std::atof(std::string(text.substr(0, text.find_first_not_of("-0123456789"))).c_str()), 0.0, most));
}

// "4315KB" and the like.
std::int64_t octets_of(std::string_view text)
{
    const auto unit = text.ends_with("KB") ? 1024.0 : text.ends_with("MB") ? 1048576.0 : text.ends_with("GB") ? 1073741824.0 : 1.0;
    return std::llround(std::clamp(std::atof(std::string(text).c_str()) * unit, 0.0, most));
}

std::int64_t seconds_of(std::string_view text)
{
    const auto unit = text.empty() ? 's' : text.back();
    constexpr std::int64_t most_of_one = 1'000'000'000; // more is no time that a limit has
    return std::min(number_of(text), most_of_one) * (unit == 'w' ? 604800 : unit == 'd' ? 86400 : unit == 'h' ? 3600 : unit == 'm' ? 60 : 1);
}

// "foo" and "30 minutes" of "foo per 30 minutes (each dot is …)"; empty when it is no histogram's heading.
std::pair<std::string, std::string> histogram_parts(std::string_view heading)
{
    const auto title = heading.substr(0, heading.find(" (each dot is "));
    const auto per = title.rfind(" per ");
    const auto unit = per == std::string_view::npos ? std::string_view{} : title.substr(per + 5);
    if (unit != "hour" && !unit.ends_with(" minutes"))
        return {};
    return {std::string(title.substr(0, per)), std::string(unit)};
}

std::string histogram_name(std::string_view heading)
{
    return histogram_parts(heading).first;
}

int divisions_in(std::string_view heading)
{
    const auto minutes = number_of(histogram_parts(heading).second); // "hour" is 0
    return minutes > 0 && minutes <= 60 ? static_cast<int>(60 / minutes) : 1;
}

struct TimeRow {
    bool is_over = false;
    std::int64_t limit = 0, count = 0;
};
std::vector<TimeRow> time_rows(const std::vector<Cells>& rows)
{
    std::vector<TimeRow> times;
    for (const auto& row : rows) {
        auto words = words_of(row);
        TimeRow time;
        if (!words.empty() && (words[0] == "Over" || words[0] == "Under")) {
            time.is_over = words[0] == "Over";
            words.erase(words.begin());
        }
        if (words.size() < 2 || !is_digit(words[0][0]))
            continue;
        time.limit = seconds_of(words[0]);
        time.count = number_of(words[1]);
        times.push_back(time);
    }
    return times;
}

void add_times(Spread& spread, const std::vector<TimeRow>& times)
{
    for (const auto& time : times)
        for (std::size_t i = 0; i <= spread.limits.size(); ++i)
            if (i == spread.limits.size() || (!time.is_over && spread.limits[i] >= time.limit)) {
                grow(spread.below[i], time.count);
                break;
            }
}

void add_limits(std::vector<std::int64_t>& limits, const std::vector<TimeRow>& times)
{
    std::set<std::int64_t> all(limits.begin(), limits.end());
    for (const auto& time : times)
        all.insert(time.limit);
    limits.assign(all.begin(), all.end());
}

// Adds the tables of one report to a Traffic.
class Adder {
public:
    explicit Adder(Traffic& traffic) : traffic_(traffic) {}

    void add(const std::string& heading, const std::vector<Cells>& rows)
    {
        if (heading == "Grand total summary")
            add_totals(rows);
        else if (heading == "User Specified Patterns")
            add_patterns(rows);
        else if (lower(heading) == "deliveries by transport")
            add_transports(rows);
        else if (heading.starts_with("Time spent on the queue: "))
            add_times(heading.ends_with("all messages") ? traffic_.queue_all : traffic_.queue_remote, time_rows(rows));
        else if (heading.starts_with("Delivery times: "))
            add_times(heading.ends_with("all messages") ? traffic_.delivery_all : traffic_.delivery_remote, time_rows(rows));
        else if (heading.starts_with("Receipt times: "))
            add_receipts(heading, rows);
        else if (heading == "Relayed messages")
            add_relays(rows);
        else if (heading == "List of errors")
            add_errors(rows);
        else if (heading.starts_with("Top "))
            add_league(heading, rows);
        else if (const auto name = histogram_name(heading); !name.empty())
            add_histogram(name, rows);
    }

private:
    void add_totals(const std::vector<Cells>& rows)
    {
        std::vector<std::size_t> columns; // the ways, as the report has them
        for (const auto& row : rows) {
            auto words = words_of(row);
            if (words.empty())
                continue;
            const bool is_temporary = words[0] == "Temp";
            const auto label = words[0];
            words.erase(words.begin(), words.begin() + std::min<std::ptrdiff_t>(is_temporary ? 2 : 1, std::ssize(words)));
            if (label == "TOTAL")
                for (const auto& word : words) {
                    constexpr std::string_view names[] = {"Hosts", "Domains", "Emails", "Edomains"};
                    if (const auto found = std::ranges::find(names, word); found != std::end(names))
                        columns.push_back(static_cast<std::size_t>(found - std::begin(names)));
                }
            else if (label == "Received" && words.size() >= 6)
                add_received(words, columns);
            else if (label == "Delivered" && words.size() >= 3)
                add_delivered(words, columns);
            else if (!words.empty() && (label == "Rejects" || label == "Spam" || is_temporary))
                add_refused(label, words);
        }
    }

    void add_received(const std::vector<std::string>& words, const std::vector<std::size_t>& columns)
    {
        grow(traffic_.received.octets, octets_of(words[0]));
        grow(traffic_.received.messages, number_of(words[1]));
        for (std::size_t i = 0; i < columns.size() && i + 6 < words.size(); ++i)
            traffic_.of_reports.in[columns[i]] += static_cast<std::size_t>(number_of(words[2 + i]));
        grow(traffic_.delayed, number_of(words[words.size() - 4]));
        grow(traffic_.failed, number_of(words[words.size() - 2]));
    }

    void add_delivered(const std::vector<std::string>& words, const std::vector<std::size_t>& columns)
    {
        grow(traffic_.delivered.octets, octets_of(words[0]));
        grow(traffic_.delivered.messages, number_of(words[1]));
        grow(traffic_.delivered.addresses, number_of(words[2]));
        for (std::size_t i = 0; i < columns.size() && i + 3 < words.size(); ++i)
            traffic_.of_reports.out[columns[i]] += static_cast<std::size_t>(number_of(words[3 + i]));
    }

    void add_refused(const std::string& label, const std::vector<std::string>& words)
    {
        auto& breadth = traffic_.of_reports;
        grow(label == "Rejects" ? traffic_.rejected : label == "Spam" ? traffic_.spam : traffic_.temporarily_rejected, number_of(words[0]));
        auto& hosts = label == "Rejects" ? breadth.rejected : label == "Spam" ? breadth.spam : breadth.temporarily_rejected;
        hosts += words.size() > 1 ? static_cast<std::size_t>(number_of(words[1])) : 0;
    }

    std::size_t pattern_named(std::string_view name) const
    {
        const auto& patterns = traffic_.options.patterns;
        return static_cast<std::size_t>(std::ranges::find(patterns, name, &TrafficOptions::Pattern::text) - patterns.begin());
    }

    void add_patterns(const std::vector<Cells>& rows)
    {
        for (const auto& row : rows) {
            const auto words = words_of(row);
            if (words.size() < 2)
                continue;
            const auto name = join(std::vector<std::string>(words.begin(), words.end() - 1), " ");
            if (const auto place = pattern_named(name); place < traffic_.pattern_counts.size())
                grow(traffic_.pattern_counts[place], number_of(words.back()));
        }
    }

    void add_transports(const std::vector<Cells>& rows)
    {
        for (const auto& row : rows) {
            const auto words = words_of(row);
            if (words.size() < 3 || !is_digit(words.back()[0]))
                continue;
            auto& volume = traffic_.transports[join(std::vector<std::string>(words.begin(), words.end() - 2), " ")];
            grow(volume.octets, octets_of(words[words.size() - 2]));
            grow(volume.messages, number_of(words.back()));
        }
    }

    void add_histogram(const std::string& name, const std::vector<Cells>& rows)
    {
        const auto place = pattern_named(name);
        auto* counts = name == "Messages received" ? &traffic_.received_by_time
                       : name == "Deliveries"      ? &traffic_.delivered_by_time
                       : place < traffic_.pattern_by_time.size() ? &traffic_.pattern_by_time[place]
                                                                 : nullptr;
        std::int64_t hour = 0;
        for (const auto& row : rows) {
            const auto words = words_of(row);
            if (!counts || words.size() < 2)
                continue;
            const auto& label = words[0]; // 00-01, 00:00, :30
            if (is_digit(label[0]))
                hour = number_of(label.substr(0, 2));
            const auto colon = label.find(':');
            const auto minute = colon == std::string::npos ? 0 : number_of(label.substr(colon + 1));
            grow((*counts)[traffic_.place_of_time(std::clamp<std::int64_t>(hour * 60 + minute, 0, 1439))], number_of(words[1]));
        }
    }

    void add_receipts(const std::string& heading, const std::vector<Cells>& rows)
    {
        constexpr std::string_view before = "Receipt times: ", behind = " messages";
        const auto protocol = heading.substr(before.size(), heading.size() - std::min(heading.size(), before.size() + behind.size()));
        const auto times = time_rows(rows);
        if (protocol == "all")
            add_times(traffic_.receipt_all, times);
        else
            add_times(traffic_.receipt_by_protocol.try_emplace(protocol, traffic_.options.receipt_limits).first->second, times);
    }

    void add_relays(const std::vector<Cells>& rows)
    {
        const auto keep = [this](const std::string& count, std::string_view from, std::string_view to) {
            grow(traffic_.relays[std::string(trim(from)) + " \n      => " + std::string(trim(to))], number_of(count));
        };
        std::vector<std::string> first;
        for (const auto& row : rows) {
            if (row.size() >= 3) {
                if (is_digit(row[0].empty() ? ' ' : row[0][0])) // not the names of the columns
                    keep(row[0], row[1], row[2]);
            }
            else if (const auto line = trim(row.front()); line.starts_with("=> ") && first.size() == 2)
                keep(first[0], first[1], line.substr(3));
            else if (const auto plus = line.find("(plus "); line.starts_with("Total: ") && plus != std::string_view::npos)
                grow(traffic_.hidden_relays, number_of(line.substr(plus + 6)));
            else
                first = leading(row, 1);
        }
    }

    // A text may go on on lines that begin with a tab; the original's HTML has "9 - TEXT".
    void add_errors(const std::vector<Cells>& rows)
    {
        std::string text;
        std::int64_t count = 0;
        const auto keep = [&] {
            if (!text.empty())
                grow(traffic_.errors[text], count);
        };
        for (const auto& row : rows) {
            if (row.size() == 1 && row[0].starts_with('\t')) {
                text += " " + std::string(trim(row[0]));
                continue;
            }
            const auto parts = leading(row, 1);
            if (parts.size() < 2 || !is_digit(parts[0][0]))
                continue;
            keep();
            count = number_of(parts[0]);
            text = parts[1].starts_with("- ") ? parts[1].substr(2) : parts[1];
        }
        keep();
    }

    Volumes* volumes_named(std::string_view title)
    {
        constexpr std::string_view ways_by_name[] = {"host", "domain", "email", "edomain"};
        for (std::size_t i = 0; i < ways; ++i) {
            if (title == "sending " + std::string(ways_by_name[i]) + "s")
                return &traffic_.from[i];
            if (title == std::string(ways_by_name[i]) + " destinations")
                return &traffic_.to[i];
        }
        return title == "local senders" ? &traffic_.local_senders : title == "local destinations" ? &traffic_.local_destinations : nullptr;
    }

    Counts* counts_named(std::string_view title)
    {
        return title == "mail rejection reasons"             ? &traffic_.rejections
               : title == "mail temporary rejection reasons" ? &traffic_.temporary_rejections
               : title == "rejected ips"                     ? &traffic_.rejected_hosts
               : title == "temporarily rejected ips"         ? &traffic_.temporarily_rejected_hosts
               : title == "non-rejected spamming ips"        ? &traffic_.spam_hosts
                                                             : nullptr;
    }

    // "Top 50 sending hosts by message count", and the same hosts by volume: each counts once.
    void add_league(const std::string& heading, const std::vector<Cells>& rows)
    {
        const auto title = heading.substr(std::min(heading.find(' ', 4), heading.size() - 1) + 1);
        const auto name = title.substr(0, title.rfind(" by "));
        auto* volumes = volumes_named(name);
        auto* counts = counts_named(name);
        bool has_addresses = false;
        for (const auto& row : rows) {
            if (const auto words = words_of(row); !words.empty() && words[0] == "Messages") {
                has_addresses = std::ranges::find(words, "Addresses") != words.end();
                continue;
            }
            const auto parts = leading(row, counts ? 1 : has_addresses ? 4 : 3);
            if ((!volumes && !counts) || parts.size() < 2 || !is_digit(parts[0][0]) || !seen_.emplace(name, parts.back()).second)
                continue;
            if (counts) {
                grow((*counts)[parts.back()], number_of(parts[0]));
                continue;
            }
            auto& volume = (*volumes)[parts.back()];
            grow(volume.messages, number_of(parts[0]));
            grow(volume.addresses, number_of(parts[has_addresses ? 1 : 0]));
            grow(volume.octets, octets_of(parts[has_addresses ? 2 : 1]));
        }
    }

    Traffic& traffic_;
    std::set<std::pair<std::string, std::string>> seen_;
};

}

Status Reports::read(const std::string& path)
{
    constexpr std::string_view begins = "Exim statistics from ", between = " to ";
    auto file = TRY(mainlog::LogFile::open(path));
    Report report;
    bool is_html = false;
    std::string_view line;
    while (file.next(line)) {
        is_html = is_html || lower(line.substr(0, 9)) == "<!doctype" || lower(line.substr(0, 5)) == "<html";
        const auto heading = is_html ? line.find("<h2>") : std::string_view::npos;
        const auto plain = is_html ? without_tags(line) : std::string(line);
        const auto to = plain.find(between);
        if (report.last.empty() && plain.starts_with(begins) && to != std::string::npos) {
            report.first = plain.substr(begins.size(), to - begins.size());
            report.last = trim(plain.substr(to + between.size()));
        } else if (heading != std::string_view::npos) {
            report.tables.push_back({std::string(trim(without_tags(line.substr(heading)))), {}});
        } else if (!is_html && line.size() > 1 && line.find_first_not_of('-') == std::string_view::npos) {
            std::string title; // the line before it
            if (!report.tables.empty() && !report.tables.back().rows.empty()) {
                title = report.tables.back().rows.back().front();
                report.tables.back().rows.pop_back();
            }
            report.tables.push_back({std::move(title), {}});
        } else if (!trim(plain).empty()) {
            if (report.tables.empty())
                report.tables.emplace_back();
            auto cells = is_html ? cells_of(line) : Cells{};
            report.tables.back().rows.push_back(cells.size() > 1 ? std::move(cells) : Cells{plain});
        }
    }
    TRY(file.finish());
    if (report.last.empty())
        return permanent(path + " is no report of eximstats: it has no line \"Exim statistics from … to …\"");
    reports_.push_back(std::move(report));
    return {};
}

void Reports::prepare(TrafficOptions& options, bool keeps_divisions) const
{
    for (const auto& report : reports_)
        for (const auto& [heading, rows] : report.tables) {
            const auto histogram = histogram_name(heading);
            if (!histogram.empty() && !keeps_divisions)
                options.divisions = std::max(options.divisions, divisions_in(heading));
            else if (heading.starts_with("Time spent on the queue: ") && !options.queue_limits.empty())
                add_limits(options.queue_limits, time_rows(rows));
            else if (heading.starts_with("Delivery times: "))
                add_limits(options.delivery_limits, time_rows(rows));
            else if (heading.starts_with("Receipt times: "))
                add_limits(options.receipt_limits, time_rows(rows));
            if (heading != "User Specified Patterns")
                continue;
            for (const auto& row : rows) {
                const auto words = words_of(row);
                if (words.size() < 2 || !is_digit(words.back()[0]))
                    continue;
                const auto name = join(std::vector<std::string>(words.begin(), words.end() - 1), " ");
                if (std::ranges::find(options.patterns, name, &TrafficOptions::Pattern::text) == options.patterns.end())
                    options.patterns.push_back({name, {}});
            }
        }
}

void Reports::add_to(Traffic& traffic) const
{
    traffic.is_merged = true;
    for (const auto& report : reports_) {
        ++traffic.lines;
        for (const auto& stamp : {report.first, report.last})
            if (!stamp.empty() && !stamp.starts_with("0000"))
                traffic.widen(stamp);
        Adder adder{traffic};
        for (const auto& [heading, rows] : report.tables)
            adder.add(heading, rows);
    }
}

}
