#include "conf/report.h"

#include <nlohmann/json.hpp>

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
