// The plain text report, laid out as eximstats lays it out.
#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"
#include "utilities/statistics/page.h"

namespace gp::utilities {
namespace {

constexpr std::size_t error_width = 50;

class TextReport final : public Page {
public:
    using Page::Page;

    std::string write()
    {
        out_ = fmt::format("\nExim statistics from {} to {}\n\n", traffic_.first, traffic_.last);
        write_parts();
        return std::move(out_);
    }

private:
    void heading(const std::string& text)
    {
        out_ += text + "\n" + std::string(text.size(), '-') + "\n";
    }

    void totals() override
    {
        heading("Grand total summary");
        const auto breadth = traffic_.breadth();
        std::string columns, received, delivered;
        for (const auto by : options_.ways) {
            const auto place = static_cast<std::size_t>(by);
            constexpr const char* words[] = {"Hosts", "Domains", "Emails", "Edomains"};
            const int width = columns.empty() ? 10 : 9;
            columns += fmt::format("{:>{}}", words[place], width);
            received += fmt::format("{:>{}}", breadth.in[place], width);
            delivered += fmt::format("{:>{}}", breadth.out[place], width);
        }
        const auto& in = traffic_.received;
        const auto& gone = traffic_.delivered;
        out_ += fmt::format("{:>{}}\n", "At least one address", 76 + columns.size());
        out_ += fmt::format("  TOTAL               Volume   Messages Addresses{}      Delayed       Failed\n", columns);
        out_ += fmt::format("  Received         {:>9}  {:>9}          {}  {:>6} {:>5}  {:>5} {:>5}\n",
                            volume(in.octets), in.messages, received, traffic_.delayed,
                            percent_text(traffic_.delayed, in.messages), traffic_.failed,
                            percent_text(traffic_.failed, in.messages));
        out_ += fmt::format("  Delivered        {:>9}  {:>9} {:>9}{}\n", volume(gone.octets), gone.messages, gone.addresses, delivered);
        refused("Rejects", traffic_.rejected, breadth.rejected);
        refused("Temp Rejects", traffic_.temporarily_rejected, breadth.temporarily_rejected);
        refused("Spam", traffic_.spam, breadth.spam);
        out_ += "\n";
    }

    // Of those who were refused only the hosts are known.
    void refused(const char* name, std::int64_t number, std::size_t hosts)
    {
        if (number == 0)
            return;
        out_ += fmt::format("  {:<26} {:>10}{:10}", name, number, "");
        bool is_first = true;
        for (const auto by : options_.ways) {
            out_ += fmt::format("{:>{}}", by == By::host ? std::to_string(hosts) : "", is_first ? 10 : 9);
            is_first = false;
        }
        out_ += "\n";
    }

    void patterns() override
    {
        if (traffic_.options.patterns.empty())
            return;
        heading("User Specified Patterns");
        out_ += "                       Total\n";
        for (std::size_t i = 0; i < traffic_.options.patterns.size(); ++i)
            out_ += fmt::format("  {:<18} {:>7}\n", traffic_.options.patterns[i].text, traffic_.pattern_counts[i]);
        out_ += "\n";
    }

    void transports() override
    {
        heading("Deliveries by transport");
        out_ += "                      Volume    Messages\n";
        for (const auto& [name, volume] : traffic_.transports)
            out_ += fmt::format("  {:<18}  {:>6}  {:>10}\n", name, this->volume(volume.octets), volume.messages);
        out_ += "\n";
    }

    void histogram(const std::string& title, const std::string& noun, const std::vector<std::int64_t>& counts) override
    {
        const auto scale = histogram_scale(counts);
        heading(histogram_title(title, noun, traffic_.options.divisions, scale));
        out_ += "\n";
        for (std::size_t i = 0; i < counts.size(); ++i)
            out_ += fmt::format("{} {:>6} {}\n", histogram_label(i, traffic_.options.divisions), counts[i],
                                std::string(static_cast<std::size_t>(counts[i] / scale), '.'));
        out_ += "\n";
    }

    void spread(const SpreadTable& table) override
    {
        heading(table.title);
        out_ += "\n";
        const auto total = table.spread->total();
        std::int64_t sum = 0;
        bool is_first = true;
        for (std::size_t i = 0; i < table.spread->below.size(); ++i) {
            const auto count = table.spread->below[i];
            if (count == 0)
                continue;
            sum += count;
            const bool is_last = i == table.spread->limits.size();
            out_ += fmt::format("{} {:>4} {:>8} {:>6}  {:>6}\n", is_last ? "Over " : is_first ? "Under" : "     ",
                                time_text(table.spread->limits[is_last ? i - 1 : i]), count, percent_text(count, total),
                                percent_text(sum, total));
            is_first = false;
        }
        out_ += "\n";
    }

    void relays() override
    {
        if (traffic_.relays.empty() && traffic_.hidden_relays == 0) {
            heading("No relayed messages");
            out_ += "\n";
            return;
        }
        heading("Relayed messages");
        out_ += "\n";
        std::int64_t total = 0;
        for (const auto& [path, count] : traffic_.relays) {
            out_ += fmt::format("{:>7} {}\n", count, path);
            total += count;
        }
        out_ += fmt::format("{}Total: {} (plus {} unshown)\n\n", traffic_.relays.empty() ? "" : "\n", total, traffic_.hidden_relays);
    }

    void league(const League& table) override
    {
        heading(fmt::format("Top {} {}", options_.top, table.title));
        const bool is_plain = !table.has_volume;
        out_ += is_plain ? "  Messages   " + table.column + "\n"
                         : fmt::format("  Messages {}     Bytes    Average   {}\n",
                                       table.has_addresses ? " Addresses " : "", table.column);
        for (const auto& row : table.rows) {
            const auto& volume = row.volume;
            const auto average = average_of(volume, options_.rounds_volumes);
            if (is_plain)
                out_ += fmt::format("  {:>8}   {}\n", volume.messages, row.name);
            else
                out_ += fmt::format("  {:>8}{}{:>11}{:>11}   {}\n", volume.messages,
                                    table.has_addresses ? fmt::format("{:>11}", volume.addresses) : "",
                                    this->volume(volume.octets), this->volume(average), row.name);
        }
        out_ += "\n";
    }

    void errors() override
    {
        if (traffic_.errors.empty())
            return;
        heading("List of errors");
        out_ += "\n";
        std::int64_t total = 0;
        for (const auto& [text, count] : traffic_.errors) {
            out_ += fmt::format("{:>5}", count);
            wrap(text);
            total += count;
        }
        heading(fmt::format("Errors encountered: {}", total));
    }

    // A line ends at the first blank behind so many characters.
    void wrap(const std::string& text)
    {
        std::size_t width = 0;
        for (const auto word : split(text, ' ')) {
            if (width >= error_width) {
                out_ += "\n\t   ";
                width = 0;
            }
            out_.append(" ").append(word);
            width += word.size() + (width == 0 ? 0 : 1);
        }
        out_ += "\n\n";
    }
};

}

std::string text_report(const Traffic& traffic, const ReportOptions& options)
{
    return TextReport(traffic, options).write();
}

}
