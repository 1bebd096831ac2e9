// Reports that eximstats wrote, text or HTML, Gatepost's or Exim's own, read back and added up (-merge).
//
// What a report rounds stays rounded; what its top lists leave out is lost. Numbers of peers are added up, though one peer may
// be in several reports.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "utilities/statistics/traffic.h"

namespace gp::utilities {

class Reports {
public:
    // Errors name the file: it cannot be read, or is no report.
    Status read(const std::string& path);

    // What the reports have that a Traffic must be made with: their patterns, classes of time, divisions of an hour (unless
    // they were asked for).
    void prepare(TrafficOptions& options, bool keeps_divisions) const;

    void add_to(Traffic& traffic) const;

private:
    // A table of a report: its heading, and its rows in cells.
    struct Table {
        std::string heading;
        std::vector<std::vector<std::string>> rows; // a row of the text form is one cell, as it stands
    };
    struct Report {
        std::string first, last;
        std::vector<Table> tables;
    };
    std::vector<Report> reports_;
};

}
