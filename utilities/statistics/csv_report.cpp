// The report as lines of comma-separated values: table, name, messages, addresses, octets.
#include <fmt/format.h>

#include "utilities/statistics/report.h"

namespace gp::utilities {
namespace {

// RFC 4180 section 2: quoted where needed. A name that a spreadsheet would take for a formula gets a blank in front.
std::string cell(const std::string& text)
{
    std::string safe = !text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos
                           ? " " + text
                           : text;
    if (safe.find_first_of(",\"\n") == std::string::npos)
        return safe;
    std::string quoted = "\"";
    for (const char c : safe) {
        if (c == '"')
            quoted += '"';
        quoted += c == '\n' ? ' ' : c;
    }
    return quoted + "\"";
}

}

std::string csv_report(const Traffic& traffic, const ReportOptions& options)
{
    std::string out = "table,name,messages,addresses,octets\n";
    const auto line = [&out](const std::string& table, const std::string& name, const Volume& volume) {
        out += fmt::format("{},{},{},{},{}\n", cell(table), cell(name), volume.messages, volume.addresses,
                           volume.octets);
    };
    const auto number = [&line](const std::string& table, const std::string& name, std::int64_t count) {
        line(table, name, {count, 0, 0});
    };
    line("total", "received", traffic.received);
    line("total", "delivered", traffic.delivered);
    number("total", "rejected", traffic.rejected);
    number("total", "temporarily rejected", traffic.temporarily_rejected);
    number("total", "delayed", traffic.delayed);
    number("total", "failed", traffic.failed);
    for (const auto& [name, volume] : traffic.transports)
        line("transport", name, volume);
    for (const auto& table : leagues(traffic, options))
        for (const auto& row : table.rows)
            line(table.title, row.name, row.volume);
    for (const auto& table : spreads(traffic))
        for (std::size_t i = 0; i < table.spread->below.size(); ++i)
            number(table.title,
                   i < table.spread->limits.size() ? "under " + time_text(table.spread->limits[i]) : "over",
                   table.spread->below[i]);
    if (options.shows_errors)
        for (const auto& [text, count] : traffic.errors)
            number("error", text, count);
    return out;
}

}
