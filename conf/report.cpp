#include "conf/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace gp::conf {
namespace {

using Json = nlohmann::ordered_json;
using Weight = config::Problem::Weight;

std::string_view kind_of(Weight weight)
{
    return weight == Weight::error ? "error" : weight == Weight::warning ? "warning" : "note";
}

Json told(const config::Problem& problem)
{
    Json out = Json::object();
    if (problem.origin.file) {
        out["file"] = *problem.origin.file;
        out["line"] = problem.origin.line;
    }
    out["kind"] = kind_of(problem.weight);
    out["reason"] = problem.reason;
    if (!problem.hint.empty())
        out["hint"] = problem.hint;
    if (!problem.line.empty())
        out["text"] = problem.line;
    return out;
}

}

config::Problems in_order(const config::Problems& problems)
{
    std::vector<std::string_view> files;
    std::vector<std::pair<std::size_t, const config::Problem*>> order;
    for (const auto& problem : problems.all()) {
        const auto name = problem.origin.file_name();
        const auto at = static_cast<std::size_t>(std::ranges::find(files, name) - files.begin());
        if (at == files.size())
            files.push_back(name);
        order.emplace_back(problem.origin.file ? at : std::string::npos, &problem);
    }
    std::ranges::stable_sort(order, [](const auto& one, const auto& other) {
        return std::pair(one.first, one.second->origin.line) < std::pair(other.first, other.second->origin.line);
    });
    config::Problems out;
    for (const auto& [file, problem] : order) {
        const auto add = problem->weight == Weight::error     ? &config::Problems::error
                         : problem->weight == Weight::warning ? &config::Problems::warning
                                                              : &config::Problems::note;
        (out.*add)(problem->origin, problem->line, problem->reason, problem->hint);
    }
    return out;
}

std::string json_report(const std::string& file, const config::Problems& problems)
{
    Json list = Json::array();
    std::size_t warnings = 0;
    for (const auto& problem : problems.all()) {
        warnings += problem.weight == Weight::warning;
        list.push_back(told(problem));
    }
    const Json out = {{"file", file},
                      {"good", !problems.has_errors()},
                      {"errors", problems.errors()},
                      {"warnings", warnings},
                      {"problems", std::move(list)}};
    // Octets that are no UTF-8 are shown as such.
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}
