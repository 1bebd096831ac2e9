#include "common/process/identity.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace gp::process {
namespace {

constexpr std::size_t most_record = 1 << 20; // a group with very many members
constexpr int most_groups = 4096;

// The reentrant calls of <pwd.h> and <grp.h>, with a buffer that grows as far as it must.
template <class Record, class Ask>
Result<Record> look_up(const std::string& what, std::string& buffer, Ask ask)
{
    for (buffer.resize(2048); buffer.size() <= most_record; buffer.resize(buffer.size() * 4)) {
        Record record{};
        Record* found = nullptr;
        const int error = ask(&record, buffer.data(), buffer.size(), &found);
        if (error == ERANGE)
            continue;
        if (found)
            return record;
        if (error == 0 || error == ENOENT || error == ESRCH)
            return permanent(what + " does not exist", Cause::not_found);
        return system_error("looking up " + what, error);
    }
    return temporary("looking up " + what + ": the record is too large", Cause::too_big);
}

std::string text(const char* from)
{
    return from ? from : "";
}

User user_of(const passwd& record)
{
    return {text(record.pw_name),  record.pw_uid,       record.pw_gid,
            text(record.pw_gecos), text(record.pw_dir), text(record.pw_shell)};
}

Status verify(const Identity& who)
{
    uid_t real = 0, effective = 0, saved = 0;
    gid_t real_group = 0, effective_group = 0, saved_group = 0;
    if (getresuid(&real, &effective, &saved) != 0 ||
        getresgid(&real_group, &effective_group, &saved_group) != 0)
        return system_error("getresuid");
    if (real != who.uid || effective != who.uid || saved != who.uid)
        return permanent("the kernel did not change to user " + std::to_string(who.uid));
    if (real_group != who.gid || effective_group != who.gid || saved_group != who.gid)
        return permanent("the kernel did not change to group " + std::to_string(who.gid));
    auto now = current_identity().groups;
    auto asked = who.groups;
    std::ranges::sort(now);
    std::ranges::sort(asked);
    asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
    now.erase(std::unique(now.begin(), now.end()), now.end());
    if (now != asked)
        return permanent("the kernel did not take the supplementary groups");
    return {};
}

}

Result<User> find_user(std::string_view name)
{
    const std::string key(name);
    std::string buffer;
    return user_of(TRY(
        look_up<passwd>("user " + key, buffer, [&](auto* record, char* at, std::size_t size, auto** found) {
            return getpwnam_r(key.c_str(), record, at, size, found);
        })));
}

Result<User> find_user(uid_t uid)
{
    std::string buffer;
    return user_of(TRY(look_up<passwd>("user " + std::to_string(uid), buffer,
                                       [&](auto* record, char* at, std::size_t size, auto** found) {
                                           return getpwuid_r(uid, record, at, size, found);
                                       })));
}

Result<gid_t> find_group(std::string_view name)
{
    const std::string key(name);
    std::string buffer;
    return TRY(look_up<group>("group " + key, buffer,
                              [&](auto* record, char* at, std::size_t size, auto** found) {
                                  return getgrnam_r(key.c_str(), record, at, size, found);
                              }))
        .gr_gid;
}

Result<std::string> find_group_name(gid_t gid)
{
    std::string buffer;
    return text(TRY(look_up<group>("group " + std::to_string(gid), buffer,
                                   [&](auto* record, char* at, std::size_t size, auto** found) {
                                       return getgrgid_r(gid, record, at, size, found);
                                   }))
                    .gr_name);
}

Result<std::vector<gid_t>> groups_of(const std::string& user, gid_t primary)
{
    std::vector<gid_t> groups(64);
    for (;;) {
        int count = static_cast<int>(groups.size());
        if (getgrouplist(user.c_str(), primary, groups.data(), &count) >= 0) {
            groups.resize(static_cast<std::size_t>(count));
            return groups;
        }
        if (count <= static_cast<int>(groups.size()) || count > most_groups)
            return temporary("looking up the groups of " + user + " failed");
        groups.resize(static_cast<std::size_t>(count));
    }
}

Identity current_identity()
{
    Identity who{geteuid(), getegid(), {}};
    const int count = getgroups(0, nullptr);
    if (count > 0) {
        who.groups.resize(static_cast<std::size_t>(count));
        const int got = getgroups(count, who.groups.data());
        who.groups.resize(static_cast<std::size_t>(std::max(got, 0)));
    }
    return who;
}

Status become(const Identity& who)
{
    if (who.uid == 0 || who.uid == static_cast<uid_t>(-1) || who.gid == static_cast<gid_t>(-1))
        return permanent("refusing to run as user " + std::to_string(who.uid));
    if (setgroups(who.groups.size(), who.groups.data()) != 0)
        return system_error("setgroups");
    if (setresgid(who.gid, who.gid, who.gid) != 0)
        return system_error("setresgid");
    if (setresuid(who.uid, who.uid, who.uid) != 0)
        return system_error("setresuid");
    return verify(who);
}

Status expect_no_way_back()
{
    const auto unchanged = static_cast<uid_t>(-1);
    if (setresuid(unchanged, 0, unchanged) == 0 || setresgid(unchanged, 0, unchanged) == 0)
        return permanent("the way back to root is open");
    return {};
}

}
