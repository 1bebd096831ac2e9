#include "master/control/queue/shape.h"

#include <algorithm>
#include <vector>

#include "common/base/text.h"
#include "master/control/queue/text.h"
#include "master/control/table.h"

namespace gp::control {
namespace {

std::string domain_of(const std::string& address)
{
    if (address.empty())
        return "MAILER-DAEMON";
    const auto at = address.rfind('@');
    return lower(at == address.npos ? address : address.substr(at + 1));
}

std::string right(const std::string& text, std::size_t width)
{
    return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

}

void Shape::count(const std::string& domain, std::size_t column)
{
    for (auto* row : {&all_, &domains_[domain]}) {
        ++row->total;
        ++row->by_age[column];
    }
}

void Shape::add(const qmgr::Listed& message, std::int64_t now)
{
    const auto minutes = (now - message.received / 1'000'000) / 60;
    const auto column = static_cast<std::size_t>(std::ranges::upper_bound(limits, minutes) - limits.begin());
    if (by_sender_)
        return count(domain_of(message.sender), column);
    for (const auto& recipient : message.recipients)
        if (!recipient.done)
            count(domain_of(recipient.address), column);
}

std::string Shape::text() const
{
    std::vector<std::string> heads = {"T"};
    for (const auto limit : limits)
        heads.push_back(std::to_string(limit));
    heads.push_back(std::to_string(limits.back()) + "+");
    std::vector<std::pair<std::string, const Row*>> rows;
    for (const auto& [domain, row] : domains_)
        rows.emplace_back(escape(domain, true), &row);
    std::ranges::stable_sort(rows, std::ranges::greater{}, [](const auto& row) { return row.second->total; });
    rows.insert(rows.begin(), {"TOTAL", &all_});
    std::size_t width = 0;
    for (const auto& row : rows)
        width = std::max(width, row.first.size());
    const auto cell = [&](std::size_t column, const std::string& value) {
        const auto most = std::to_string(column == 0 ? all_.total : all_.by_age[column - 1]);
        return " " + right(value, std::max(heads[column].size(), most.size()));
    };
    std::string out(width, ' ');
    for (std::size_t i = 0; i < heads.size(); ++i)
        out += cell(i, heads[i]);
    for (const auto& [domain, row] : rows) {
        out += "\n" + right(domain, width) + cell(0, std::to_string(row->total));
        for (std::size_t i = 0; i < row->by_age.size(); ++i)
            out += cell(i + 1, std::to_string(row->by_age[i]));
    }
    return out + "\n";
}

std::string Shape::json() const
{
    const auto one = [](const std::string& domain, const Row& row) {
        std::string out = "{\"domain\":" + json_quoted(domain) + ",\"total\":" + std::to_string(row.total) + ",\"by_age\":[";
        for (std::size_t i = 0; i < row.by_age.size(); ++i)
            out += (i ? "," : "") + std::to_string(row.by_age[i]);
        return out + "]}";
    };
    std::string out = "{\"minutes\":[";
    for (std::size_t i = 0; i < limits.size(); ++i)
        out += (i ? "," : "") + std::to_string(limits[i]);
    out += "],\"all\":" + one("TOTAL", all_) + ",\"domains\":[";
    bool first = true;
    for (const auto& [domain, row] : domains_)
        out += (std::exchange(first, false) ? "\n" : ",\n") + one(domain, row);
    return out + "]}\n";
}

}
