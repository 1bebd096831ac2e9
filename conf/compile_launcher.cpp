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

// PAM's modules are code of others: as root they would be no safer than in a service.
Status fill_pam(const Context& context, launcher::Parameters& parameters)
{
    parameters.checks_by_pam = permits_pam(context.configuration);
    if (!parameters.checks_by_pam)
        return {};
    const auto& settings = context.settings();
    const auto runner = context.runner();
    parameters.pam_uid = runner.uid;
    parameters.pam_gid = runner.gid;
    if (const auto* user = settings.identity("pam_user")) {
        parameters.pam_uid = user->id;
        parameters.pam_gid = user->group == config::Identity::no_group ? runner.gid : user->group;
        if (user->id == 0)
            return misconfigured(settings.origin("pam_user").text() + ": pam_user is root: PAM's modules run as an ordinary user; pam_groups = shadow lets "
                                 "pam_unix read the passwords");
    }
    if (!settings.is_set("pam_user") && context.main().process.exim_user.name.empty() && context.owners.is_one_for_each())
        return misconfigured("the condition \"pam\" needs pam_user: an account of its own, as whom PAM's modules run (they would run as the "
                             "owner of the spool)");
    parameters.pam_gids.clear();
    for (const auto& group : settings.identities("pam_groups")) {
        if (group.id == 0)
            return misconfigured(settings.origin("pam_groups").text() + ": pam_groups has the group of root; shadow is enough for pam_unix");
        parameters.pam_gids.push_back(group.id);
    }
    return {};
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
