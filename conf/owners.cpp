#include "conf/owners.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "common/process/identity.h"

namespace gp::conf {
namespace {

constexpr const char* spool_user = "gp-spool";
// Where the configuration names no exim_user: whom Debian's Exim runs as, then whoever owns mail anywhere.
constexpr const char* fallback_users[] = {"Debian-exim", "exim", "mail"};

Result<Owner> owner_named(const std::string& name)
{
    const auto user = TRY(process::find_user(name));
    if (user.uid == 0 || user.gid == 0)
        return misconfigured("user " + name + " has root's rights; no service runs with those");
    return Owner{user.uid, user.gid};
}

// Never root's, whatever /etc/group says.
Result<std::vector<std::uint32_t>> ordinary_groups(const std::string& user, gid_t primary)
{
    std::vector<std::uint32_t> groups;
    for (gid_t gid : TRY(process::groups_of(user, primary)))
        if (gid != 0)
            groups.push_back(gid);
    return groups;
}

// An instance that was run before, or prepared by hand, goes on as who owns its spool; never as root.
std::optional<Owner> owner_of(const std::string& directory)
{
    struct stat about {};
    if (::lstat(directory.c_str(), &about) != 0 || !S_ISDIR(about.st_mode) || about.st_uid == 0)
        return std::nullopt;
    const auto user = process::find_user(about.st_uid);
    if (!user || user->gid == 0)
        return std::nullopt;
    return Owner{user->uid, user->gid};
}

Result<Owner> fallback(const Configuration& configuration)
{
    const auto& process = configuration.main.process;
    if (!process.exim_user.name.empty()) {
        if (process.exim_user.id == 0)
            return misconfigured("exim_user must not be root");
        Owner owner{process.exim_user.id, process.exim_user.group};
        if (!process.exim_group.name.empty())
            owner.gid = process.exim_group.id;
        if (owner.gid == 0)
            return misconfigured("exim_group must not be root's");
        return owner;
    }
    return stand_in(configuration);
}

}

Result<Owner> stand_in(const Configuration& configuration)
{
    if (const auto owner = owner_of(configuration.main.process.spool_directory); owner)
        return *owner;
    for (const char* name : fallback_users)
        if (auto owner = owner_named(name))
            return owner;
    return misconfigured("there is no user to run services as; set exim_user");
}

Result<Owners> Owners::find(const Configuration& configuration, const ServiceTable& table, bool serves_root)
{
    Owners owners;
    if (!serves_root)
        return owners;
    std::string missing;
    for (const auto& row : table) {
        if (row.processes == 0)
            continue;
        auto owner = owner_named(row.user);
        if (!owner && owner.error().cause == Cause::not_found) {
            missing += (missing.empty() ? "" : " ") + row.user;
            continue;
        }
        owners.users_.emplace_back(row.user, TRY(std::move(owner)));
        owners.groups_.emplace_back(row.user,
                                    TRY(ordinary_groups(row.user, owners.users_.back().second.gid)));
    }
    owners.one_for_each_ = missing.empty();
    if (owners.one_for_each_) {
        owners.spool_ = TRY(owner_named(spool_user));
        return owners;
    }
    owners.spool_ = TRY(fallback(configuration));
    if (!owners.users_.empty())
        owners.remark_ = "not all service users exist, so all services run as one; missing: " + missing;
    owners.users_.clear();
    return owners;
}

Owner Owners::of(const ServiceRow& row) const
{
    const auto found = std::ranges::find(users_, row.user, &std::pair<std::string, Owner>::first);
    return found == users_.end() ? spool_ : found->second;
}

std::vector<std::uint32_t> Owners::groups_of(const ServiceRow& row) const
{
    for (const auto& [user, groups] : groups_)
        if (user == row.user)
            return groups;
    return {};
}

}
