#include "conf/params/used_servers.h"

#include <algorithm>

#include "common/base/text.h"

namespace gp::conf {
namespace {

bool names_type(std::string_view text, std::string_view type)
{
    for (auto at = text.find(type); at != std::string_view::npos; at = text.find(type, at + 1)) {
        const bool begins = at == 0 || !(is_alnum(text[at - 1]) || text[at - 1] == '_');
        const auto rest = text.substr(at + type.size());
        if (begins && (rest.starts_with(',') || rest.starts_with(';') || trim_left(rest).starts_with('{')))
            return true;
    }
    return false;
}

}

std::vector<std::string_view> used_servers(const Configuration& configuration)
{
    std::vector<std::string_view> out;
    for (const std::string_view type : {"mysql", "pgsql", "redis"})
        if (std::ranges::any_of(configuration.flat.lines,
                                [&](const config::Line& line) { return names_type(line.text, type); }))
            out.push_back(type);
    return out;
}

}
