#include "common/base/port_list.h"

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp {

bool is_in_port_list(std::string_view list, std::uint32_t port)
{
    if (list == "*")
        return true;
    bool is_negated = false;
    for (auto item : split(list, ':')) {
        if (item.empty())
            continue;
        is_negated = item.starts_with('!');
        item.remove_prefix(is_negated ? 1 : 0);
        const auto number = parse_unsigned(item);
        if (item == "*" || (number && *number == port))
            return !is_negated;
    }
    return is_negated;
}

}
