// The forms in which the counts of a log are printed: text and HTML as eximstats prints them, CSV for spreadsheets.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "utilities/statistics/traffic.h"

namespace gp::utilities {

// A chart as a file of its own (-chartdir).
struct ChartFile {
    std::string name; // "sending-hosts-by-volume.svg"
    std::string text;
};

struct ReportOptions {
    int top = 50; // rows of the league tables; 0: none
    bool shows_errors = true, shows_relays = true, shows_transports = true;
    bool shows_local = true; // in the league tables
    bool has_charts = false; // bars in the HTML report
    std::shared_ptr<std::vector<ChartFile>> chart_files; // where they are gathered; null: charts lie in the page itself
    std::string chart_prefix;                            // of their names in the page (-chartrel)
    bool rounds_volumes = true;
    std::vector<By> ways = {By::host};
};

std::string text_report(const Traffic& traffic, const ReportOptions& options);
std::string html_report(const Traffic& traffic, const ReportOptions& options);
std::string csv_report(const Traffic& traffic, const ReportOptions& options);

// "Messages received per hour (each dot is 1 message)": how many one dot stands for is in `scale`.
std::string histogram_title(const std::string& title, const std::string& noun, int divisions, std::int64_t scale);
std::string histogram_unit(int divisions); // " per hour", " per 30 minutes"
std::int64_t histogram_scale(const std::vector<std::int64_t>& counts);
std::string histogram_label(std::size_t place, int divisions); // "00-01", or "00:00" and "  :30"

// What the forms share.
struct Row {
    std::string name;
    Volume volume;
};
struct League {
    std::string title;  // "sending hosts by message count"
    std::string column; // "Sending host"
    bool has_volume = true;
    bool has_addresses = false;
    std::vector<Row> rows; // best first
};
std::vector<League> leagues(const Traffic& traffic, const ReportOptions& options);

struct SpreadTable {
    std::string title;
    const Spread* spread;
};
std::vector<SpreadTable> spreads(const Traffic& traffic);

// Octets of the average message. Where volumes are rounded it is of what is shown, as in the original: the columns agree.
std::int64_t average_of(const Volume& volume, bool is_rounded);

// 9999 as it is, then KB, MB, GB; as wide as eximstats makes it.
std::string volume_text(std::int64_t octets, bool is_rounded = true);
std::string time_text(std::int64_t seconds); // 90 -> "90s", 3600 -> "1h"
std::string percent_text(std::int64_t part, std::int64_t whole);

}
