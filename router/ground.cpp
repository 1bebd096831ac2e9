#include "router/ground.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::router {
namespace {

User user_from(const passwd& entry)
{
    return {.login = entry.pw_name, .uid = entry.pw_uid, .gid = entry.pw_gid, .home = entry.pw_dir, .gecos = entry.pw_gecos};
}

// getpwnam_r and getpwuid_r differ in their key alone.
template <class Ask>
Result<std::optional<User>> ask_password_file(const Ask& ask)
{
    std::vector<char> buffer(16 * 1024);
    for (;;) {
        passwd entry{};
        passwd* found = nullptr;
        const int failed = ask(&entry, buffer.data(), buffer.size(), &found);
        if (failed == ERANGE && buffer.size() < 4 * 1024 * 1024) {
            buffer.resize(buffer.size() * 2);
            continue;
        }
        if (failed && failed != ENOENT && failed != ESRCH)
            return system_error("password file", failed);
        if (!found)
            return std::optional<User>{};
        return std::optional<User>{user_from(*found)};
    }
}

}

Result<std::optional<User>> find_user(const std::string& login)
{
    return ask_password_file([&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
        return ::getpwnam_r(login.c_str(), entry, buffer, size, found);
    });
}

Result<std::optional<User>> find_user(std::uint32_t uid)
{
    return ask_password_file([&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
        return ::getpwuid_r(uid, entry, buffer, size, found);
    });
}

std::optional<std::uint32_t> find_group(const std::string& name)
{
    std::vector<char> buffer(64 * 1024);
    group entry{};
    group* found = nullptr;
    if (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
        return std::nullopt;
    return found->gr_gid;
}

std::optional<std::uint32_t> group_named(std::string_view text)
{
    const auto trimmed = trim(text);
    if (const auto number = parse_unsigned(trimmed); number && *number < 0xffffffff)
        return static_cast<std::uint32_t>(*number);
    return find_group(std::string(trimmed));
}

std::vector<std::uint32_t> groups_of_user(const std::string& login, std::uint32_t primary)
{
    if (login.empty())
        return {};
    int count = 256;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgrouplist(login.c_str(), primary, groups.data(), &count) < 0)
        return {};
    return {groups.begin(), groups.begin() + count};
}

bool Ground::is_own_address(const net::Address& address) const
{
    if (address.is_loopback())
        return true;
    const auto text = address.text();
    return std::ranges::find(parameters.own_addresses, text) != parameters.own_addresses.end();
}

}
