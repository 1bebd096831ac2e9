#include "master/sendmail/administrator.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "common/config/list.h"
#include "common/config/value.h"

namespace gp::sendmail {
namespace {

bool is_in_group(gid_t group)
{
    if (::getgid() == group)
        return true;
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const auto count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(0, count)));
    return std::ranges::find(groups, group) != groups.end();
}

// Where neither the file nor the system names exim_user, it is whoever runs us. That makes nobody an administrator of a
// file that is another's.
bool is_stand_in(const conf::Configuration& configuration)
{
    const auto& all = configuration.main.all;
    if (all.at("exim_user").is_written || all.at("exim_group").is_written || config::system_names().user("gatepost"))
        return false;
    struct stat status{};
    return ::stat(configuration.file.c_str(), &status) != 0 || status.st_uid != ::getuid();
}

}

bool is_administrator(const conf::Configuration& configuration)
{
    const auto& process = configuration.main.process;
    if (::getuid() == 0)
        return true;
    if (!is_stand_in(configuration) && (::getuid() == process.exim_user.id || is_in_group(process.exim_group.id)))
        return true;
    const auto names = config::system_names();
    for (const auto& name : config::split_list(configuration.main.identity.admin_groups.text))
        if (const auto group = names.group(name); group && is_in_group(group->id))
            return true;
    return false;
}

}
