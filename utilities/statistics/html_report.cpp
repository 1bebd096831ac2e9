// The report as one HTML page that needs no other file; with -charts the histograms and leagues have bars, which -chartdir puts
// into files. The columns stand as in the text form, so that -merge reads both.
#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"
#include "utilities/statistics/page.h"

namespace gp::utilities {
namespace {

// For a page in UTF-8: what is no UTF-8, and what no document may hold, is shown as an escape.
std::string escaped(const std::string& text)
{
    std::string safe;
    for (const char c : escape(text, true))
        switch (c) {
        case '&': safe += "&amp;"; break;
        case '<': safe += "&lt;"; break;
        case '>': safe += "&gt;"; break;
        case '"': safe += "&quot;"; break;
        default: safe += c;
        }
    return safe;
}

// "12", "4315KB", "33.3%".
bool is_number(std::string_view text)
{
    const auto end = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto unit = text.substr(end);
    return end > 0 && (unit.empty() || unit == "%" || unit == "KB" || unit == "MB" || unit == "GB");
}

class HtmlReport final : public Page {
public:
    using Page::Page;

    std::string write()
    {
        const auto title = escaped(fmt::format("Exim statistics from {} to {}", traffic_.first, traffic_.last));
        out_ = fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{0}</title>\n"
                           "<style>body{{font-family:sans-serif}}table{{border-collapse:collapse}}"
                           "td,th{{border:1px solid #999;padding:2px 8px;text-align:left}}.n{{text-align:right}}"
                           "svg{{display:block;margin-top:8px}}</style>\n"
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
            out_ += (is_number(cell) ? "<td class=\"n\">" : "<td>") + escaped(cell) + "</td>";
        out_ += "</tr>\n";
    }

    void close() { out_ += "</table>\n"; }

    void totals() override
    {
        const auto& in = traffic_.received;
        const auto& gone = traffic_.delivered;
        const auto breadth = traffic_.breadth();
        std::vector<std::string> columns = {"TOTAL", "Volume", "Messages", "Addresses"};
        std::vector<std::string> received = {"Received", volume(in.octets), std::to_string(in.messages), ""};
        std::vector<std::string> delivered = {"Delivered", volume(gone.octets), std::to_string(gone.messages), std::to_string(gone.addresses)};
        for (const auto by : options_.ways) {
            const auto place = static_cast<std::size_t>(by);
            constexpr const char* words[] = {"Hosts", "Domains", "Emails", "Edomains"};
            columns.emplace_back(words[place]);
            received.push_back(std::to_string(breadth.in[place]));
            delivered.push_back(std::to_string(breadth.out[place]));
        }
        columns.insert(columns.end(), {"Delayed", "", "Failed", ""});
        received.insert(received.end(), {std::to_string(traffic_.delayed), percent_text(traffic_.delayed, in.messages),
                                         std::to_string(traffic_.failed), percent_text(traffic_.failed, in.messages)});
        open("Grand total summary", columns);
        columns_ = columns.size();
        row(received);
        row(whole(delivered));
        refused("Rejects", traffic_.rejected, breadth.rejected);
        refused("Temp Rejects", traffic_.temporarily_rejected, breadth.temporarily_rejected);
        refused("Spam", traffic_.spam, breadth.spam);
        close();
    }

    void refused(const char* name, std::int64_t number, std::size_t hosts)
    {
        const bool by_host = std::ranges::find(options_.ways, By::host) != options_.ways.end();
        if (number > 0)
            row(whole({name, "", std::to_string(number), "", by_host ? std::to_string(hosts) : ""}));
    }

    // With empty cells up to the last column of the totals.
    std::vector<std::string> whole(std::vector<std::string> cells) const
    {
        cells.resize(std::max(cells.size(), columns_));
        return cells;
    }

    void patterns() override
    {
        if (traffic_.options.patterns.empty())
            return;
        open("User Specified Patterns", {"", "Total"});
        for (std::size_t i = 0; i < traffic_.options.patterns.size(); ++i)
            row({traffic_.options.patterns[i].text, std::to_string(traffic_.pattern_counts[i])});
        close();
    }

    void transports() override
    {
        open("Deliveries by transport", {"", "Volume", "Messages"});
        for (const auto& [name, sum] : traffic_.transports)
            row({name, volume(sum.octets), std::to_string(sum.messages)});
        close();
    }

    void relays() override
    {
        if (traffic_.relays.empty() && traffic_.hidden_relays == 0)
            return;
        open("Relayed messages", {"Count", "From", "To"});
        std::int64_t total = 0;
        for (const auto& [path, count] : traffic_.relays) {
            constexpr std::string_view between = " \n      => ";
            const auto middle = path.find(between);
            row({std::to_string(count), path.substr(0, middle), middle == std::string::npos ? "" : path.substr(middle + between.size())});
            total += count;
        }
        close();
        out_ += fmt::format("<p>Total: {} (plus {} unshown)</p>\n", total, traffic_.hidden_relays);
    }

    void errors() override
    {
        if (traffic_.errors.empty())
            return;
        open("List of errors", {"Count", "Error"});
        for (const auto& [name, count] : traffic_.errors)
            row({std::to_string(count), name});
        close();
    }

    void spread(const SpreadTable& table) override
    {
        open(table.title, {"Time", "Messages", "Percentage", "Cumulative percentage"});
        const auto total = table.spread->total();
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < table.spread->below.size(); ++i) {
            const auto count = table.spread->below[i];
            if (count == 0)
                continue;
            sum += count;
            const bool is_last = i == table.spread->limits.size();
            row({(is_last ? "Over " : "Under ") + time_text(table.spread->limits[is_last ? i - 1 : i]), std::to_string(count),
                 percent_text(count, total), percent_text(sum, total)});
        }
        close();
    }

    void histogram(const std::string& title, const std::string& noun, const std::vector<std::int64_t>& counts) override
    {
        const auto divisions = traffic_.options.divisions;
        std::vector<Row> rows;
        for (std::size_t i = 0; i < counts.size(); ++i)
            rows.push_back({histogram_label(i, divisions), {counts[i], 0, 0}});
        open(title + histogram_unit(divisions), {"Time", noun == "delivery" ? "Deliveries" : noun == "message" ? "Messages" : "Occurrences"});
        for (const auto& one : rows)
            row({one.name, std::to_string(one.volume.messages)});
        close();
        chart(title, rows, false);
    }

    void league(const League& table) override
    {
        std::vector<std::string> columns = {"Messages"};
        if (table.has_addresses)
            columns.emplace_back("Addresses");
        if (table.has_volume)
            columns.insert(columns.end(), {"Bytes", "Average"});
        columns.push_back(table.column);
        open(fmt::format("Top {} {}", options_.top, table.title), columns);
        for (const auto& one : table.rows) {
            std::vector<std::string> cells = {std::to_string(one.volume.messages)};
            if (table.has_addresses)
                cells.push_back(std::to_string(one.volume.addresses));
            if (table.has_volume)
                cells.insert(cells.end(), {volume(one.volume.octets),
                                           volume(average_of(one.volume, options_.rounds_volumes))});
            cells.push_back(one.name);
            row(cells);
        }
        close();
        chart(table.title, table.rows, table.title.ends_with("by volume"));
    }

    // Horizontal bars, in the page itself or in a file beside it: no script, nothing from elsewhere.
    void chart(const std::string& title, const std::vector<Row>& rows, bool by_volume)
    {
        if (!options_.has_charts || rows.empty())
            return;
        if (!options_.chart_files) {
            out_ += picture(rows, by_volume, false);
            return;
        }
        const auto name = file_name(title);
        out_ += fmt::format("<p><img src=\"{}\" alt=\"{}\"></p>\n", escaped(options_.chart_prefix + name), escaped(title));
        options_.chart_files->push_back({name, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + picture(rows, by_volume, true)});
    }

    // Letters, digits and dashes only, whatever a pattern is called; no name twice.
    std::string file_name(const std::string& title) const
    {
        std::string name;
        for (const char c : title)
            if (is_alnum(c))
                name += to_lower(c);
            else if (!name.empty() && name.back() != '-')
                name += '-';
        constexpr std::size_t longest = 80;
        name = name.substr(0, longest);
        const auto is_taken = [&](const std::string& wanted) {
            return std::ranges::any_of(*options_.chart_files, [&](const auto& file) { return file.name == wanted; });
        };
        auto whole = name + ".svg";
        for (int i = 2; is_taken(whole); ++i)
            whole = fmt::format("{}-{}.svg", name, i);
        return whole;
    }

    static std::string picture(const std::vector<Row>& rows, bool by_volume, bool is_file)
    {
        constexpr int height = 14, width = 500, text = 260;
        constexpr std::size_t longest_name = 40;
        const auto size_of = [by_volume](const Row& row) { return by_volume ? row.volume.octets : row.volume.messages; };
        std::int64_t most = 1;
        for (const auto& one : rows)
            most = std::max(most, size_of(one));
        auto svg = fmt::format("<svg {}width=\"{}\" height=\"{}\" font-size=\"11\" font-family=\"sans-serif\" role=\"img\">\n",
                               is_file ? "xmlns=\"http://www.w3.org/2000/svg\" " : "", width + text, static_cast<int>(rows.size()) * height);
        int y = 0;
        for (const auto& one : rows) {
            svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>"
                               "<rect fill=\"#47a\" x=\"{}\" y=\"{}\" width=\"{:.0f}\" height=\"{}\"/>\n",
                               text - 6, y + height - 3, escaped(valid_start(one.name, longest_name)), text, y + 1,
                               static_cast<double>(size_of(one)) * width / static_cast<double>(most), height - 2);
            y += height;
        }
        return svg + "</svg>\n";
    }

    // As much of it as fits, not ending within a character.
    static std::string valid_start(const std::string& name, std::size_t most)
    {
        auto start = name.substr(0, most);
        while (!start.empty() && name.size() > most && (static_cast<unsigned char>(name[start.size()]) & 0xc0) == 0x80)
            start.pop_back();
        return start;
    }

    std::size_t columns_ = 0; // of the totals
};

}

std::string html_report(const Traffic& traffic, const ReportOptions& options)
{
    return HtmlReport(traffic, options).write();
}

}
