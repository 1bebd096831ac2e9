#include "common/mail/references.h"

#include <numeric>
#include <vector>

#include "common/base/text.h"

namespace gp::mail {
namespace {

constexpr std::size_t most_references = 12; // the first and the last ones
constexpr std::size_t most_octets = 880;    // in one line of a header

}

std::string references_to(const HeaderList& original, const std::string& own)
{
    const auto* before = original.find("References");
    if (!before)
        before = original.find("In-Reply-To");
    std::vector<std::string> ids;
    const std::string value = before ? before->value() : std::string{};
    for (std::string_view rest = value;;) {
        const auto open = rest.find('<');
        const auto close = open == std::string_view::npos ? open : rest.find('>', open);
        if (close == std::string_view::npos)
            break;
        ids.emplace_back(rest.substr(open, close + 1 - open));
        rest.remove_prefix(close + 1);
    }
    if (ids.size() > most_references)
        ids.erase(ids.begin() + 1, ids.end() - static_cast<std::ptrdiff_t>(most_references - 1));
    if (!own.empty())
        ids.push_back(own);
    const auto size = [&] {
        return std::accumulate(ids.begin(), ids.end(), std::size_t{0}, [](std::size_t sum, const auto& id) { return sum + id.size() + 1; });
    };
    while (ids.size() > 2 && size() > most_octets) // what comes between the first and the last says least
        ids.erase(ids.begin() + 1);
    return join(ids, " ");
}

}
