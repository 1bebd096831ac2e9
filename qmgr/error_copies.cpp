#include "qmgr/error_copies.h"

#include "common/base/text.h"
#include "common/config/list.h"

namespace gp::qmgr {

Result<std::vector<std::string>> error_copies(std::string_view list, std::string_view to, const RegexMatcher& regex)
{
    for (const auto& item : config::split_list(list)) {
        const auto end = item.find_first_of(" \t");
        if (end == std::string::npos)
            return misconfigured("errors_copy: \"" + escape(item) + "\" has a pattern and no address");
        const auto pattern = TRY(AddressPattern::parse(item.substr(0, end), regex));
        if (!pattern.matches(to))
            continue;
        std::vector<std::string> copies;
        for (const auto part : split(std::string_view(item).substr(end), ','))
            if (const auto address = trim(part); !address.empty())
                copies.emplace_back(address);
        return copies;
    }
    return std::vector<std::string>{};
}

}
