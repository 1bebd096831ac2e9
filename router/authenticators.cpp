#include "router/authenticators.h"

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::router {
namespace {

std::string bound_name(const std::string& name, auth::Binding binding)
{
    if (binding == auth::Binding::never)
        return {};
    return binding == auth::Binding::always ? name : name + "-PLUS"; // RFC 5801 section 4
}

Result<Authenticator> build(const World& world, const conf::Driver& driver, const Registry<auth::Mechanism>& mechanisms)
{
    const auto* mechanism = mechanisms.find(driver.driver);
    if (!mechanism)
        return misconfigured("the driver " + driver.driver + " is not supported");
    Authenticator made{.name = driver.name, .driver = driver.driver, .origin = driver.origin};
    made.public_name = upper(driver.settings.is_set("public_name") ? driver.settings.text("public_name") : driver.name);
    const auth::Setup setup{world.ground().language, driver.settings, made.public_name};
    made.sides = TRY(mechanism->make(setup));
    made.has_server = made.sides->serve() != nullptr;
    made.has_client = made.sides->speak() != nullptr;
    made.bound_server_name = bound_name(made.public_name, made.sides->server_binding());
    made.must_bind_server = made.sides->server_binding() == auth::Binding::always;
    made.bound_client_name = bound_name(made.public_name, made.sides->client_binding());
    made.must_bind_client = made.sides->client_binding() == auth::Binding::always;
    made.advertise_condition = TRY(auth::optional_text(setup, "server_advertise_condition"));
    made.mail_auth_condition = TRY(auth::optional_text(setup, "server_mail_auth_condition"));
    made.client_condition = TRY(auth::optional_text(setup, "client_condition"));
    made.set_id = TRY(setup.text("server_set_id"));
    made.client_set_id = TRY(setup.text("client_set_id"));
    made.debug_print = TRY(setup.text("server_debug_print"));
    return made;
}

}

Authenticators::Authenticators(const World& world, config::Problems& problems) : world_(world)
{
    const auto mechanisms = Registry<auth::Mechanism>::linked();
    for (const auto& driver : world.configuration().authenticators) {
        auto made = build(world, driver, mechanisms);
        if (!made) {
            problems.error(driver.origin, driver.name + ":", "authenticator " + driver.name + ": " + made.error().text);
            continue;
        }
        all_.push_back(std::move(made).take());
    }
    const auto& main = world.configuration().main.all;
    if (!main.is_set("auth_advertise_hosts"))
        return;
    const auto text = main.expandable("auth_advertise_hosts");
    auto list = expand::ListText::parse(world.ground().language, match::Kind::host, text.text);
    if (!list)
        problems.error(text.origin, text.text, "auth_advertise_hosts: " + list.error().text);
    else
        advertise_hosts_ = std::move(list).take();
}

const Authenticator* Authenticators::named(std::string_view instance) const
{
    const auto found = std::ranges::find(all_, instance, &Authenticator::name);
    return found == all_.end() ? nullptr : &*found;
}

bool Authenticators::is_any_offered(expand::Scene& scene) const
{
    if (!advertise_hosts_)
        return false;
    match::Host local;
    const auto match = advertise_hosts_->host(scene, scene.host ? *scene.host : local);
    if (!match)
        log::panic("auth_advertise_hosts: " + match.error().text);
    return match && *match;
}

// server_advertise_condition (manual 33.1): a forced failure is a no, as every failure is.
bool Authenticators::is_offered(const Authenticator& one, expand::Scene& scene) const
{
    if (!one.has_server || one.driver == "tls")
        return false;
    if (!one.advertise_condition)
        return true;
    const auto words = one.advertise_condition->expand(scene);
    if (!words && words.error().cause != Cause::forced_fail)
        log::panic("authenticator " + one.name + ": server_advertise_condition: " + words.error().text);
    return words && expand::is_true(words->text);
}

Server Authenticators::server_for(std::string_view mechanism, expand::Scene& scene, bool can_bind) const
{
    if (!is_any_offered(scene))
        return {};
    for (const auto& one : all_) {
        const bool is_bound = can_bind && !one.bound_server_name.empty() && same_nocase(one.bound_server_name, mechanism);
        if ((is_bound || (!one.must_bind_server && same_nocase(one.public_name, mechanism))) && is_offered(one, scene))
            return {&one, is_bound};
    }
    return {};
}

std::vector<std::string> Authenticators::offered(expand::Scene& scene, bool can_bind) const
{
    std::vector<std::string> names;
    const bool has_servers = std::ranges::any_of(all_, [](const Authenticator& one) { return one.has_server; });
    if (!has_servers || !is_any_offered(scene))
        return names;
    const auto add = [&](const std::string& name) {
        if (std::ranges::find(names, name) == names.end())
            names.push_back(name);
    };
    for (const auto& one : all_) {
        const bool binds = can_bind && !one.bound_server_name.empty();
        if ((!binds && one.must_bind_server) || !is_offered(one, scene))
            continue;
        if (binds)
            add(one.bound_server_name);
        if (!one.must_bind_server)
            add(one.public_name);
    }
    return names;
}

const Authenticator* Authenticators::for_tls() const
{
    const auto found = std::ranges::find(all_, "tls", &Authenticator::driver);
    return found == all_.end() ? nullptr : &*found;
}

}
