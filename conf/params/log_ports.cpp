#include "conf/params/log_ports.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"

namespace gp::conf {

Result<std::string> logged_ports(std::string_view list)
{
    constexpr std::uint64_t largest = 65535;
    std::string out;
    for (const auto& written : config::split_list(list)) {
        const std::string_view item = trim(written);
        const bool is_negated = item.starts_with('!');
        const auto port = trim(item.substr(is_negated ? 1 : 0));
        if (port.empty() && !is_negated)
            continue;
        const auto number = parse_unsigned(port);
        if (port != "*" && (!number || *number > largest))
            return misconfigured("\"" + escape(item) + "\" is no port number, and not *");
        out += (out.empty() ? "" : ":") + std::string(is_negated ? "!" : "") + (number ? std::to_string(*number) : std::string(port));
    }
    return out;
}

}
