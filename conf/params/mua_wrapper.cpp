// What cannot be obeyed beside mua_wrapper (manual chapter 52): options that are qmgr's work, which a message that is
// carried at once never meets. The options of queueing are not among them: those are ignored, as the manual says.

#include <algorithm>

#include "common/config/listing.h"
#include "conf/params/detail/build.h"

namespace gp::conf {
namespace {

struct Excluded {
    std::string_view option, reason, hint;
};

constexpr Excluded of_main[] = {
    {"system_filter", "what is carried to a smart host at once passes no system filter", "judge the message in acl_not_smtp"},
    {"event_action", "no event is raised of what is carried to a smart host at once", "the main log has a line of each delivery and failure"},
};
constexpr Excluded of_routers[] = {
    {"disable_logging", "deliveries that a program waits for are always logged", "log_file_path and log_selector are for all of them"},
    {"syntax_errors_to", "it would make a message, and none but those of local programs are delivered",
     "skip_syntax_errors alone has the log tell of them"},
};
constexpr Excluded of_smtp_transports[] = {
    {"event_action", "no event is raised of what is carried to a smart host at once", "the main log has a line of each delivery and failure"},
    {"disable_logging", "deliveries that a program waits for are always logged", "log_file_path and log_selector are for all of them"},
    {"max_parallel", "each message is delivered at once, and none waits for another", "submit_connections_per_uid bounds what a user hands in at a time"},
    {"serialize_hosts", "each message is delivered at once, and none waits for another", "submit_connections_per_uid bounds what a user hands in at a time"},
};

// Whether it changes anything, which a flag that is off does not; not all drivers have all of them.
bool is_asked_for(const config::Settings& settings, std::string_view option)
{
    const auto* setting = settings.find(option);
    if (!setting || !setting->is_written)
        return false;
    const auto* flag = std::get_if<bool>(&setting->value);
    return flag ? *flag : settings.is_set(option);
}

void exclude(const config::Settings& settings, std::span<const Excluded> all, const std::string& driver, config::Problems& problems)
{
    for (const auto& [option, reason, hint] : all)
        if (is_asked_for(settings, option))
            problems.error(settings.origin(option), config::show_line(settings.at(option)),
                           (driver.empty() ? "" : driver + ": ") + std::string(option) + " cannot be obeyed with mua_wrapper: " + std::string(reason),
                           std::string(hint));
}

}

void check_mua_wrapper(const Configuration& configuration, config::Problems& problems)
{
    if (!configuration.main.all.flag("mua_wrapper"))
        return;
    exclude(configuration.main.all, of_main, {}, problems);
    for (const auto& router : configuration.routers)
        exclude(router.settings, of_routers, router.name, problems);
    for (const auto& transport : configuration.transports)
        if (transport.driver == "smtp") // no other one delivers
            exclude(transport.settings, of_smtp_transports, transport.name, problems);
}

}
