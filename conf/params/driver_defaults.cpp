#include "conf/params/detail/build.h"

namespace gp::conf {
namespace {

using config::Settings;
using config::Value;

// The "From " line of mbox files, and what vacation programs want to see.
constexpr const char* from_line = "From ${if def:return_path{$return_path}{MAILER-DAEMON}} ${tod_bsdinbox}\\n";

// Not written, but no longer unset.
void set_default(Settings& settings, std::string_view name, Value value)
{
    config::Setting& setting = settings.at(name);
    if (setting.is_written)
        return;
    setting.value = std::move(value);
    setting.is_computed = true;
}

// A user that is known now brings its group along.
void group_of_user(Settings& settings, std::string_view user, std::string_view group, const config::Names& names)
{
    const auto* identity = settings.identity(user);
    if (!identity || identity->group == config::Identity::no_group)
        return;
    const auto name = names.group_name ? names.group_name(identity->group) : std::to_string(identity->group);
    set_default(settings, group, config::Identity{name, identity->group, config::Identity::no_group});
}

// Manual chapter 15, retry_use_local_part and log_as_local.
void settle_router(Driver& router)
{
    Settings& all = router.settings;
    bool looks_at_local_part = all.flag("check_local_user");
    for (const std::string_view option :
         {"condition", "local_part_prefix", "local_part_suffix", "local_parts", "require_files", "senders"})
        looks_at_local_part = looks_at_local_part || all.is_set(option);
    set_default(all, "retry_use_local_part", looks_at_local_part);
    set_default(all, "log_as_local", router.driver == "accept");
}

// Manual chapter 22, check_owner and check_group.
void settle_redirect(Settings& all)
{
    constexpr std::int64_t group_may_write = 020;
    const bool is_for_user = all.flag("check_local_user");
    set_default(all, "check_owner", is_for_user || !all.identities("owners").empty());
    set_default(all, "check_group", (is_for_user && (all.number("modemask") & group_may_write) == 0) ||
                                        !all.identities("owngroups").empty());
}

// Batched SMTP has its own escapes, whatever else is said (manual 26.2).
void escape_as_bsmtp(Settings& all)
{
    for (const auto& [option, text] : {std::pair{"check_string", "."}, std::pair{"escape_string", ".."}}) {
        all.at(option).value = std::string(text);
        all.at(option).is_computed = true;
    }
}

void settle_appendfile(Settings& all)
{
    const bool is_one_file = !all.is_set("directory") && !all.flag("maildir_format") && !all.flag("mailstore_format");
    if (all.flag("use_bsmtp")) {
        escape_as_bsmtp(all);
    } else if (is_one_file && !all.flag("mbx_format")) {
        set_default(all, "check_string", std::string("From "));
        set_default(all, "escape_string", std::string(">From "));
        set_default(all, "message_prefix", std::string(from_line));
        set_default(all, "message_suffix", std::string("\\n"));
    }
    set_default(all, "use_flock_lock", false);
    set_default(all, "use_fcntl_lock", !all.flag("use_flock_lock"));
    set_default(all, "use_lockfile", !all.flag("mbx_format"));
    set_default(all, "use_mbx_lock", all.flag("mbx_format"));
}

void settle_pipe(Settings& all)
{
    if (all.flag("use_bsmtp"))
        return escape_as_bsmtp(all);
    set_default(all, "message_prefix", std::string(from_line));
    set_default(all, "message_suffix", std::string("\\n"));
}

void settle_transport(Driver& transport)
{
    Settings& all = transport.settings;
    set_default(all, "retry_use_local_part", transport.driver != "smtp");
    if (transport.driver == "appendfile")
        settle_appendfile(all);
    if (transport.driver == "pipe")
        settle_pipe(all);
    if (transport.driver == "smtp")
        set_default(all, "port", lower(all.text("protocol")));
}

}

void settle_driver(DriverClass kind, Driver& driver, const config::Names& names)
{
    if (kind == DriverClass::authenticator) {
        set_default(driver.settings, "public_name", driver.name);
        return;
    }
    group_of_user(driver.settings, "user", "group", names);
    if (kind == DriverClass::transport)
        return settle_transport(driver);
    settle_router(driver);
    if (driver.driver == "redirect")
        settle_redirect(driver.settings);
    if (driver.driver == "queryprogram")
        group_of_user(driver.settings, "command_user", "command_group", names);
}

}
