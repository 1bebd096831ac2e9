#include "conf/carried_taint.h"

#include <algorithm>

#include "common/acl/acls.h"
#include "common/base/text.h"

namespace gp::conf {
namespace {

// Option values that name the transport of a router's addresses.
constexpr std::string_view transport_options[] = {"transport", "file_transport", "directory_transport", "pipe_transport", "reply_transport"};

std::string_view written_text(const Driver& driver, std::string_view option)
{
    const auto* setting = driver.settings.find(option);
    const auto* text = setting && setting->is_written ? std::get_if<std::string>(&setting->value) : nullptr;
    return text ? std::string_view(*text) : std::string_view{};
}

bool has_local_user(const Driver& router)
{
    const auto* setting = router.settings.find("check_local_user");
    return setting && router.settings.flag("check_local_user");
}

// The first of what strangers say in a text, if anything is: then `name` carries it.
bool learn(std::string_view name, std::string_view value, Carried& carried)
{
    if (carried.contains(name))
        return false;
    const auto parts = tainted_parts(value, carried);
    if (parts.empty())
        return false;
    const auto origin = carried.find(std::string_view(parts.front()).substr(1));
    carried.emplace(name, origin == carried.end() ? parts.front() : origin->second);
    return true;
}

// "set acl_m_x = $domain", perhaps behind a verb.
void learn_from_line(std::string_view line, Carried& carried, bool& is_new)
{
    auto rest = trim(line);
    auto word = rest.substr(0, rest.find_first_of(" \t"));
    if (acl::is_verb(word)) {
        rest = trim_left(rest.substr(word.size()));
        word = rest.substr(0, rest.find_first_of(" \t"));
    }
    const auto equals = rest.find('=');
    if (word != "set" || equals == rest.npos)
        return;
    const auto name = trim(rest.substr(word.size(), equals - word.size()));
    if (name.starts_with("acl_"))
        is_new |= learn(name, rest.substr(equals + 1), carried);
}

// The router option: "r_x = $local_part ; r_y = …".
void learn_from_set(std::string_view text, Carried& carried)
{
    for (const auto one : split(text, ';'))
        if (const auto equals = one.find('='); equals != one.npos)
            learn(trim(one.substr(0, equals)), one.substr(equals + 1), carried);
}

bool names(const Driver& router, const Driver& transport)
{
    return std::ranges::any_of(transport_options, [&](std::string_view option) {
        return router.settings.find(option) && written_text(router, option) == transport.name;
    });
}

}

CarriedTaint::CarriedTaint(const Configuration& configuration) : configuration_(configuration)
{
    learn_from_acls();
}

// One variable may be set from another one, in whatever order they stand.
void CarriedTaint::learn_from_acls()
{
    for (bool is_new = true; is_new;) {
        is_new = false;
        for (const auto& acl : configuration_.acls)
            for (const auto& line : acl.lines)
                learn_from_line(line.text, everywhere_, is_new);
    }
}

// Of the routers in front: their variables stay, and so does the last address_data.
void CarriedTaint::add_earlier(const Driver& router, Carried& carried) const
{
    for (const auto& one : configuration_.routers) {
        if (&one == &router)
            return;
        learn_from_set(written_text(one, "set"), carried);
        if (const auto data = written_text(one, "address_data"); !data.empty()) {
            carried.erase("address_data");
            learn("address_data", data, carried);
        }
    }
}

Carried CarriedTaint::in_router(const Driver& router) const
{
    Carried carried = everywhere_;
    add_earlier(router, carried);
    if (const auto data = written_text(router, "address_data"); !data.empty()) {
        const auto parts = tainted_parts(data, carried); // that of the routers in front may be part of it
        carried.erase("address_data");
        if (!parts.empty())
            carried.emplace("address_data", parts.front());
    }
    learn_from_set(written_text(router, "set"), carried);
    learn("home", written_text(router, "router_home_directory"), carried);
    return carried;
}

Carried CarriedTaint::in_transport(const Driver& transport) const
{
    Carried carried = everywhere_;
    for (const auto& router : configuration_.routers) {
        if (!names(router, transport))
            continue;
        auto seen = in_router(router);
        if (has_local_user(router))
            seen.erase("home"); // the password file's
        if (const auto home = written_text(router, "transport_home_directory"); !home.empty()) {
            auto before = seen;
            seen.erase("home");
            if (const auto parts = tainted_parts(home, before); !parts.empty())
                seen.emplace("home", parts.front());
        }
        carried.insert(seen.begin(), seen.end());
    }
    if (const auto home = written_text(transport, "home_directory"); !home.empty()) {
        const auto parts = tainted_parts(home, carried);
        carried.erase("home");
        if (!parts.empty())
            carried.emplace("home", parts.front());
    }
    return carried;
}

}
