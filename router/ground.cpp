#include "router/ground.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/event/loop.h"
#include "common/process/identity.h"

namespace gp::router {
namespace {

// Nobody of that name is an answer here, and no error.
Result<std::optional<User>> known(Result<process::User> found)
{
    if (!found && found.error().cause == Cause::not_found)
        return std::optional<User>{};
    const auto user = TRY(std::move(found));
    return std::optional<User>{
        {.login = user.name, .uid = user.uid, .gid = user.gid, .home = user.home, .gecos = user.gecos}};
}

UserSearch how_to_search;

}

void search_users(const UserSearch& how)
{
    how_to_search = how;
}

Result<std::optional<User>> find_user(const std::string& login)
{
    if (how_to_search.longest != 0 && login.size() > how_to_search.longest)
        return std::optional<User>{};
    auto user = TRY(known(process::find_user(login)));
    // Manual 14, finduser_retries: name services that forget users for a moment.
    for (std::uint32_t tries = 0; !user && tries < how_to_search.retries && event::in_fiber(); ++tries) {
        event::sleep_for(std::chrono::seconds(1));
        user = TRY(known(process::find_user(login)));
    }
    return user;
}

Result<std::optional<User>> find_user(std::uint32_t uid)
{
    return known(process::find_user(uid_t{uid}));
}

std::optional<std::uint32_t> find_group(const std::string& name)
{
    const auto found = process::find_group(name);
    return found ? std::optional<std::uint32_t>{*found} : std::nullopt;
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
    return process::groups_of(login, primary).value_or({});
}

bool Ground::is_own_address(const net::Address& address) const
{
    if (address.is_unspecified())
        return true;
    // The addresses that every loopback interface has. 127.0.1.1 is a host like others unless an interface has it.
    const auto text = address.text();
    if (text == "127.0.0.1" || text == "::1")
        return true;
    return std::ranges::find(parameters.own_addresses, text) != parameters.own_addresses.end();
}

}
