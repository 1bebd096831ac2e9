// The report as a page that people read, text or HTML: its parts in their order, each laid out by the form.
#pragma once

#include "utilities/statistics/report.h"

namespace gp::utilities {

class Page {
public:
    Page(const Traffic& traffic, const ReportOptions& options) : traffic_(traffic), options_(options) {}
    virtual ~Page() = default;

protected:
    void write_parts();

    virtual void totals() = 0;
    virtual void patterns() {} // of a form that does not show them among the totals
    virtual void transports() = 0;
    virtual void histogram(const std::string& title, const std::string& unit, const std::vector<std::int64_t>& counts) = 0;
    virtual void spread(const SpreadTable& table) = 0;
    virtual void relays() = 0;
    virtual void league(const League& table) = 0;
    virtual void errors() = 0;

    std::string volume(std::int64_t octets) const { return volume_text(octets, options_.rounds_volumes); }

    const Traffic& traffic_;
    const ReportOptions& options_;
    std::string out_;
};

}
