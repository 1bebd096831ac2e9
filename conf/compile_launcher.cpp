#include <set>

#include "common/process/identity.h"
#include "conf/compile.h"
#include "conf/kept_environment.h"
#include "conf/permits.h"
#include "conf/reach.h"
#include "delivery/local/parameters.h"

namespace gp::conf {

std::vector<std::uint32_t> users_of_deliveries(const Context& context)
{
    std::set<std::uint32_t> uids;
    const auto& configuration = context.configuration;
    for (const auto& router : configuration.routers)
        if (router.driver == "queryprogram" && router.settings.is_set("command_user"))
            uids.insert(std::get<config::Identity>(router.settings.find("command_user")->value).id);
    for (const auto* drivers : {&configuration.routers, &configuration.transports})
        for (const auto& driver : *drivers) {
            const auto* setting = driver.settings.find("user");
            if (const auto* identity = setting ? std::get_if<config::Identity>(&setting->value) : nullptr)
                uids.insert(identity->id);
            else if (const auto text = text_of(driver.settings, "user"); text && !text->empty())
                if (const auto named = process::find_user(*text))
                    uids.insert(named->uid);
        }
    if (const auto shared = context.owners.spool().uid; !context.owners.is_one_for_each() && shared != static_cast<uid_t>(-1))
        uids.insert(shared); // deliveries without a user of their own are his
    if (context.settings().is_set("system_filter_user"))
        uids.insert(std::get<config::Identity>(context.settings().find("system_filter_user")->value).id);
    if (const auto& exim_user = configuration.main.process.exim_user; !exim_user.name.empty())
        uids.insert(exim_user.id);
    std::erase_if(uids, [](std::uint32_t uid) { return uid == 0 || uid >= first_ordinary_uid; });
    return {uids.begin(), uids.end()};
}

namespace {

// A scanner that is a program reads the message in scan/, which is of router's group (master/directories.cpp).
std::optional<gid_t> group_of_scanning_program(const Context& context)
{
    const auto& configuration = context.configuration;
    const bool is_known_later = configuration.main.all.expandable("av_scanner").text.starts_with('$') && configuration.main.all.is_set("run_programs");
    if (scanning_program(configuration).empty() && !is_known_later)
        return std::nullopt;
    const auto router = std::ranges::find(context.table, "router", &ServiceRow::program);
    return router == context.table.end() ? std::nullopt : std::optional{context.owners.of(*router).gid};
}

// ${run's: as whom, and the first word.
std::vector<std::string> programs_of(const Context& context)
{
    std::vector<std::string> programs;
    for (const auto& program : programs_run_by(context.configuration))
        programs.push_back(std::to_string(context.runner().uid) + " " + program);
    return programs;
}

// Code of others that a child turns into, and as whom; as root it would be no safer than in a service.
struct Helper {
    std::string user, groups; // its options: "pam_user", "pam_groups"
    std::string needs;     // what of the configuration needs it
    std::string what;      // "PAM's modules run"
    std::string hint;      // which group is enough
    std::string group_hint;
    std::uint32_t &uid, &gid;
    std::vector<std::uint32_t>& gids;
};

Status fill_helper(const Context& context, const Helper& helper)
{
    const auto& settings = context.settings();
    const auto runner = context.runner();
    const auto& user_option = helper.user;
    const auto& groups_option = helper.groups;
    helper.uid = runner.uid;
    helper.gid = runner.gid;
    if (const auto* user = settings.identity(user_option)) {
        helper.uid = user->id;
        helper.gid = user->group == config::Identity::no_group ? runner.gid : user->group;
        if (user->id == 0)
            return misconfigured(settings.origin(user_option).text() + ": " + user_option + " is root: " + helper.what + " as an ordinary user; " + helper.hint);
    }
    if (!settings.is_set(user_option) && context.main().process.exim_user.name.empty() && context.owners.is_one_for_each())
        return misconfigured(helper.needs + " needs " + user_option + ": an account of its own, as whom " + helper.what +
                             " (they would run as the owner of the spool)");
    helper.gids.clear();
    for (const auto& group : settings.identities(groups_option)) {
        if (group.id == 0)
            return misconfigured(settings.origin(groups_option).text() + ": " + groups_option + " has the group of root; " + helper.group_hint);
        helper.gids.push_back(group.id);
    }
    return {};
}

Status fill_pam(const Context& context, launcher::Parameters& parameters)
{
    parameters.checks_by_pam = permits_pam(context.configuration);
    if (!parameters.checks_by_pam)
        return {};
    return fill_helper(context, {.user = "pam_user", .groups = "pam_groups", .needs = "the condition \"pam\"", .what = "PAM's modules run",
                                 .hint = "pam_groups = shadow lets pam_unix read the passwords", .group_hint = "shadow is enough for pam_unix",
                                 .uid = parameters.pam_uid, .gid = parameters.pam_gid, .gids = parameters.pam_gids});
}

Status fill_sasl(const Context& context, launcher::Parameters& parameters)
{
    parameters.judges_by_sasl = judges_by_sasl(context.configuration);
    if (!parameters.judges_by_sasl)
        return {};
    return fill_helper(context, {.user = "sasl_user", .groups = "sasl_groups", .needs = "driver = cyrus_sasl", .what = "the library's modules run",
                                 .hint = "sasl_groups = sasl lets sasldb and saslauthd be reached",
                                 .group_hint = "sasl is enough for sasldb and saslauthd",
                                 .uid = parameters.sasl_uid, .gid = parameters.sasl_gid, .gids = parameters.sasl_gids});
}

}

Result<std::string> launcher_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<launcher::Parameters>();
    parameters.first_uid = first_ordinary_uid;
    parameters.also_uids = users_of_deliveries(context);
    parameters.programs = programs_of(context);
    parameters.run_environment = kept_environment(context.main().process);
    TRY(fill_pam(context, parameters));
    TRY(fill_sasl(context, parameters));
    const auto shared = context.owners.is_one_for_each() ? launcher::any_uid : static_cast<std::uint32_t>(context.owners.spool().uid);
    fill_permits(context.configuration, shared, parameters);
    fill_filters(context.configuration, context.runner().uid, context.runner().gid, parameters);
    // Deliveries without a group of their own, and ${run's programs.
    for (const auto gid : {context.owners.spool().gid, context.runner().gid})
        if (gid != static_cast<gid_t>(-1) && gid != 0)
            parameters.also_gids.push_back(gid);
    if (const auto gid = group_of_scanning_program(context); gid && *gid != static_cast<gid_t>(-1) && *gid != 0)
        parameters.scan_gid = *gid;
    for (const auto& list : context.configuration.lists)
        if (!list.is_hidden)
            parameters.lists.push_back({.kind = static_cast<std::uint32_t>(list.kind), .name = list.name, .text = list.value, .always_cached = list.is_cached_always});
    parameters.never_uids.clear();
    for (const auto& user : context.main().identity.never_users)
        parameters.never_uids.push_back(user.id);
    return ipc::encode(parameters);
}

}
