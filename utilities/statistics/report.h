// The forms in which the counts of a log are printed: text and HTML as eximstats prints them, CSV for spreadsheets.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "utilities/statistics/traffic.h"

namespace gp::utilities {

struct ReportOptions {
    int top = 50; // rows of the league tables; 0: none
    bool shows_errors = true, shows_relays = true, shows_transports = true;
    bool shows_local = true; // in the league tables
    bool has_charts = false; // bars in the HTML report
    std::vector<By> ways = {By::host};
};

std::string text_report(const Traffic& traffic, const ReportOptions& options);
std::string html_report(const Traffic& traffic, const ReportOptions& options);
std::string csv_report(const Traffic& traffic, const ReportOptions& options);

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

// 9999 as it is, then KB, MB, GB; as wide as eximstats makes it.
std::string volume_text(std::int64_t octets);
std::string time_text(std::int64_t seconds); // 90 -> "90s", 3600 -> "1h"
std::string percent_text(std::int64_t part, std::int64_t whole);

}
