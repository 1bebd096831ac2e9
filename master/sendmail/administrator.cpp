#include "master/sendmail/administrator.h"

#include <unistd.h>

#include <algorithm>

#include "common/config/list.h"
#include "common/config/value.h"

namespace gp::sendmail {
namespace {

constexpr std::string_view package_user = "gatepost"; // whom conf/params takes where exim_user is not written

bool is_in_group(gid_t group)
{
    if (::getgid() == group)
        return true;
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const auto count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(0, count)));
    return std::ranges::find(groups, group) != groups.end();
}

// Where exim_user is not written it is the package's user, or else the caller, who is no administrator for that.
bool names_somebody(const config::Setting& setting, const config::Identity& identity)
{
    return !identity.name.empty() && (setting.is_written || identity.name == package_user);
}

}

bool is_administrator(const conf::Configuration& configuration)
{
    if (::getuid() == 0)
        return true;
    const auto& process = configuration.main.process;
    const auto& main = configuration.main.all;
    const auto names_user = names_somebody(main.at("exim_user"), process.exim_user);
    if (names_user && ::getuid() == process.exim_user.id)
        return true;
    if ((names_user || names_somebody(main.at("exim_group"), process.exim_group)) && is_in_group(process.exim_group.id))
        return true;
    const auto names = config::system_names();
    for (const auto& name : config::split_list(configuration.main.identity.admin_groups.text))
        if (const auto group = names.group(name); group && is_in_group(group->id))
            return true;
    return false;
}

}
