// The plain text report, laid out as eximstats lays it out.
#include <algorithm>

#include <fmt/format.h>

#include "common/base/text.h"
#include "utilities/statistics/page.h"

namespace gp::utilities {
namespace {

constexpr std::int64_t dots_per_line = 50; // of the histograms
constexpr std::size_t error_width = 69; // columns, a tab being eight

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
        std::string columns, received, delivered;
        for (const auto by : options_.ways) {
            const auto place = static_cast<std::size_t>(by);
            constexpr const char* words[] = {"Hosts", "Domains", "Emails", "Edomains"};
            const int width = by == By::host ? 10 : 9;
            columns += fmt::format("{:>{}}", words[place], width);
            const auto hosts_out = by == By::host ? traffic_.delivering_hosts.size() : traffic_.to[place].size();
            received += fmt::format("{:>{}}", traffic_.from[place].size(), width);
            delivered += fmt::format("{:>{}}", hosts_out, width);
        }
        const auto& in = traffic_.received;
        const auto& gone = traffic_.delivered;
        out_ += fmt::format("{:>{}}\n", "At least one address", 76 + columns.size());
        out_ += fmt::format("  TOTAL               Volume   Messages Addresses{}      Delayed       Failed\n", columns);
        out_ += fmt::format("  Received         {:>9}  {:>9}          {}  {:>6} {:>5}  {:>5} {:>5}\n",
                            volume_text(in.octets), in.messages, received, traffic_.delayed,
                            percent_text(traffic_.delayed, in.messages), traffic_.failed,
                            percent_text(traffic_.failed, in.messages));
        out_ += fmt::format("  Delivered        {:>9}  {:>9} {:>9}{}\n", volume_text(gone.octets), gone.messages,
                            gone.addresses, delivered);
        if (traffic_.rejected > 0)
            out_ += fmt::format("  Rejects                     {:>9}            {:>8}\n", traffic_.rejected,
                                traffic_.rejected_hosts.size());
        if (traffic_.temporarily_rejected > 0)
            out_ += fmt::format("  Temp Rejects                {:>9}            {:>8}\n",
                                traffic_.temporarily_rejected, traffic_.temporarily_rejected_hosts.size());
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
            out_ += fmt::format("  {:<18}  {:>6}  {:>10}\n", name, volume_text(volume.octets), volume.messages);
        out_ += "\n";
    }

    void histogram(const std::string& title, const std::string& noun, const std::vector<std::int64_t>& counts) override
    {
        const auto most = *std::ranges::max_element(counts);
        const auto scale = std::max<std::int64_t>(1, (most + dots_per_line / 2) / dots_per_line);
        const auto divisions = traffic_.options.divisions;
        const auto plural = noun == "delivery" ? "deliveries" : noun + "s";
        heading(fmt::format("{} per {} (each dot is {} {})", title,
                            divisions == 1 ? "hour" : fmt::format("{} minutes", 60 / divisions), scale,
                            scale == 1 ? noun : plural));
        out_ += "\n";
        for (std::size_t i = 0; i < counts.size(); ++i)
            out_ += fmt::format("{} {:>6} {}\n", label(i), counts[i],
                                std::string(static_cast<std::size_t>(counts[i] / scale), '.'));
        out_ += "\n";
    }

    std::string label(std::size_t place) const
    {
        const auto divisions = static_cast<std::size_t>(traffic_.options.divisions);
        if (divisions == 1)
            return fmt::format("{:02}-{:02}", place, place + 1);
        const auto minute = place % divisions * (60 / divisions);
        return minute == 0 ? fmt::format("{:02}:00", place / divisions) : fmt::format("  :{:02}", minute);
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
        if (traffic_.relays.empty()) {
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
        out_ += fmt::format("\nTotal: {} (plus 0 unshown)\n\n", total);
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
            const auto average = volume.messages == 0 ? 0 : volume.octets / volume.messages;
            if (is_plain)
                out_ += fmt::format("  {:>8}   {}\n", volume.messages, row.name);
            else
                out_ += fmt::format("  {:>8} {} {:>9}  {:>9}   {}\n", volume.messages,
                                    table.has_addresses ? fmt::format("{:>10} ", volume.addresses) : "",
                                    volume_text(volume.octets), volume_text(average), row.name);
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

    void wrap(const std::string& text)
    {
        constexpr std::size_t first = 5, following = 11;
        std::size_t width = first, start = first;
        for (const auto word : split(text, ' ')) {
            if (width > start && width + 1 + word.size() > error_width) {
                out_ += "\n\t   ";
                width = start = following;
            }
            out_.append(" ").append(word);
            width += word.size() + 1;
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
