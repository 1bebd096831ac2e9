// The report as one HTML page that needs no other file; with -charts the histograms and leagues have bars.
#include <algorithm>

#include <fmt/format.h>

#include "utilities/statistics/page.h"

namespace gp::utilities {
namespace {

std::string escaped(const std::string& text)
{
    std::string safe;
    for (const char c : text)
        switch (c) {
        case '&': safe += "&amp;"; break;
        case '<': safe += "&lt;"; break;
        case '>': safe += "&gt;"; break;
        case '"': safe += "&quot;"; break;
        default: safe += c;
        }
    return safe;
}

class HtmlReport final : public Page {
public:
    using Page::Page;

    std::string write()
    {
        const auto title = escaped(fmt::format("Exim statistics from {} to {}", traffic_.first, traffic_.last));
        out_ = fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{0}</title>\n"
                           "<style>body{{font-family:sans-serif}}table{{border-collapse:collapse}}"
                           "td,th{{border:1px solid #999;padding:2px 8px;text-align:right}}"
                           "td:last-child,th:last-child{{text-align:left}}.bar{{fill:#47a}}</style>\n"
                           "</head>\n<body>\n<h1>{0}</h1>\n",
                           title);
        write_parts();
        out_ += "</body>\n</html>\n";
        return std::move(out_);
    }

private:
    void open(const std::string& title, const std::vector<std::string>& columns)
    {
        out_ += "<h2>" + escaped(title) + "</h2>\n<table>\n<tr>";
        for (const auto& column : columns)
            out_ += "<th>" + escaped(column) + "</th>";
        out_ += "</tr>\n";
    }

    void row(const std::vector<std::string>& cells)
    {
        out_ += "<tr>";
        for (const auto& cell : cells)
            out_ += "<td>" + escaped(cell) + "</td>";
        out_ += "</tr>\n";
    }

    void close() { out_ += "</table>\n"; }

    void transports() override { volumes("Deliveries by transport", "Transport", traffic_.transports); }
    void relays() override { counts("Relayed messages", "Path", traffic_.relays); }
    void errors() override { counts("List of errors", "Error", traffic_.errors); }

    void totals() override
    {
        const auto& in = traffic_.received;
        const auto& gone = traffic_.delivered;
        open("Grand total summary", {"Volume", "Messages", "Addresses", "Hosts", "Delayed", "Failed", "TOTAL"});
        row({volume_text(in.octets), std::to_string(in.messages), "", std::to_string(traffic_.receiving_hosts.size()),
             fmt::format("{} {}", traffic_.delayed, percent_text(traffic_.delayed, in.messages)),
             fmt::format("{} {}", traffic_.failed, percent_text(traffic_.failed, in.messages)), "Received"});
        row({volume_text(gone.octets), std::to_string(gone.messages), std::to_string(gone.addresses),
             std::to_string(traffic_.delivering_hosts.size()), "", "", "Delivered"});
        row({"", std::to_string(traffic_.rejected), "", std::to_string(traffic_.rejected_hosts.size()), "", "",
             "Rejects"});
        row({"", std::to_string(traffic_.temporarily_rejected), "",
             std::to_string(traffic_.temporarily_rejected_hosts.size()), "", "", "Temp Rejects"});
        for (std::size_t i = 0; i < traffic_.options.patterns.size(); ++i)
            row({"", std::to_string(traffic_.pattern_counts[i]), "", "", "", "", traffic_.options.patterns[i].text});
        close();
    }

    void volumes(const std::string& title, const std::string& column, const Volumes& table)
    {
        open(title, {"Volume", "Messages", column});
        for (const auto& [name, volume] : table)
            row({volume_text(volume.octets), std::to_string(volume.messages), name});
        close();
    }

    void counts(const std::string& title, const std::string& column, const Counts& table)
    {
        if (table.empty())
            return;
        open(title, {"Count", column});
        for (const auto& [name, count] : table)
            row({std::to_string(count), name});
        close();
    }

    void spread(const SpreadTable& table) override
    {
        open(table.title, {"Messages", "Percentage", "Cumulative percentage", "Time"});
        const auto total = table.spread->total();
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < table.spread->below.size(); ++i) {
            const auto count = table.spread->below[i];
            if (count == 0)
                continue;
            sum += count;
            const bool is_last = i == table.spread->limits.size();
            row({std::to_string(count), percent_text(count, total), percent_text(sum, total),
                 (is_last ? "Over " : "Under ") + time_text(table.spread->limits[is_last ? i - 1 : i])});
        }
        close();
    }

    void histogram(const std::string& title, const std::string&, const std::vector<std::int64_t>& counts) override
    {
        std::vector<Row> rows;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            const auto minutes = i * 60 / static_cast<std::size_t>(traffic_.options.divisions);
            rows.push_back({fmt::format("{:02}:{:02}", minutes / 60, minutes % 60), {counts[i], 0, 0}});
        }
        open(title + " by time of day", {"Messages", "From"});
        for (const auto& one : rows)
            row({std::to_string(one.volume.messages), one.name});
        close();
        chart(rows);
    }

    void league(const League& table) override
    {
        if (!table.has_volume) {
            open(fmt::format("Top {} {}", options_.top, table.title), {"Messages", table.column});
            for (const auto& one : table.rows)
                row({std::to_string(one.volume.messages), one.name});
        } else {
            open(fmt::format("Top {} {}", options_.top, table.title), {"Messages", "Bytes", "Average", table.column});
            for (const auto& one : table.rows)
                row({std::to_string(one.volume.messages), volume_text(one.volume.octets),
                     volume_text(one.volume.messages == 0 ? 0 : one.volume.octets / one.volume.messages), one.name});
        }
        close();
        chart(table.rows);
    }

    // Horizontal bars, in the page itself: no picture files, no script.
    void chart(const std::vector<Row>& rows)
    {
        if (!options_.has_charts || rows.empty())
            return;
        constexpr int height = 14, width = 500, text = 260;
        std::int64_t most = 1;
        for (const auto& one : rows)
            most = std::max(most, one.volume.messages);
        out_ += fmt::format("<svg width=\"{}\" height=\"{}\" font-size=\"11\" role=\"img\">\n", width + text,
                            static_cast<int>(rows.size()) * height);
        int y = 0;
        for (const auto& one : rows) {
            out_ += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>"
                                "<rect class=\"bar\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                                text - 6, y + height - 3, escaped(one.name.substr(0, 40)), text, y + 1,
                                one.volume.messages * width / most, height - 2);
            y += height;
        }
        out_ += "</svg>\n";
    }
};

}

std::string html_report(const Traffic& traffic, const ReportOptions& options)
{
    return HtmlReport(traffic, options).write();
}

}
