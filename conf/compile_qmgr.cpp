#include "common/base/duration.h"
#include "common/config/list.h"
#include "common/process/identity.h"
#include "conf/compile.h"
#include "qmgr/parameters.h"

namespace gp::conf {
namespace {

// In double quotes where it would be read as more than one word.
std::string quoted(const std::string& text)
{
    if (text.find_first_of(" \t\"") == std::string::npos)
        return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + "\"";
}

// A retry rule as the configuration has it: pattern, error, senders, steps.
std::string written(const RetryRule& rule)
{
    std::string text = quoted(rule.pattern) + " " + rule.error;
    if (!rule.senders.empty())
        text += " senders=" + quoted(rule.senders);
    for (const auto& step : rule.steps) {
        text += (&step == rule.steps.data() ? " " : "; ") + std::string(1, step.algorithm) + "," +
                format_duration(step.until) + "," + format_duration(step.interval);
        if (step.algorithm != 'F') {
            auto fraction = std::to_string(step.factor % 1000);
            fraction.insert(0, 3 - fraction.size(), '0');
            text += "," + std::to_string(step.factor / 1000) + "." + fraction;
        }
    }
    return text;
}

}

std::vector<std::string> retry_lines(const Configuration& configuration)
{
    std::vector<std::string> lines;
    for (const auto& rule : configuration.retry)
        lines.push_back(written(rule));
    return lines;
}

namespace {

// $h_…, $header_…, $message_headers, or a rewriting of headers while routing: then qmgr sends them with its question.
bool names_headers(std::string_view text)
{
    for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
        auto word = text.substr(at + 1);
        if (word.starts_with('{'))
            word.remove_prefix(1);
        for (const std::string_view name : {"h_", "rh_", "bh_", "lh_", "header_", "rheader_", "bheader_", "lheader_",
                                            "message_headers", "reply_address", "received_count", "acl"})
            if (word.starts_with(name))
                return true;
    }
    return text.find("def:h") != std::string_view::npos;
}

constexpr std::uint32_t filter_body_octets = 64 * 1024; // what Sieve's body test sees; more than $message_body

bool runs_filters(const Configuration& configuration)
{
    return std::ranges::any_of(configuration.routers, [](const Driver& router) {
        return router.settings.find("allow_filter") && router.settings.flag("allow_filter");
    });
}

std::vector<std::string> with_logging_disabled(const std::vector<Driver>& drivers)
{
    std::vector<std::string> names;
    for (const auto& driver : drivers)
        if (driver.settings.flag("disable_logging"))
            names.push_back(driver.name);
    return names;
}

bool looks_at_headers(const Configuration& configuration)
{
    if (runs_filters(configuration))
        return true;
    for (const auto* drivers : {&configuration.routers, &configuration.transports})
        for (const auto& driver : *drivers)
            for (const auto& setting : driver.settings.all()) {
                if (!setting.is_written)
                    continue;
                const auto name = setting.option->name;
                const bool rewrites = name == "headers_rewrite" || name == "widen_domains" || name == "search_parents" ||
                                      (name == "self" && driver.settings.text("self").find("rewrite") != std::string::npos);
                if (rewrites || names_headers(driver.settings.expandable(name).text))
                    return true;
            }
    return std::ranges::any_of(configuration.lists, [](const auto& list) { return names_headers(list.value); });
}

bool events_look_at_headers(const Context& context)
{
    return names_headers(context.settings().expandable("event_action").text) ||
           std::ranges::any_of(context.configuration.transports, [](const Driver& transport) {
               return names_headers(transport.settings.expandable("event_action").text);
           });
}

}

Result<std::string> qmgr_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<qmgr::Parameters>();
    parameters.hints_directory = context.spool_directory() + "/db";
    parameters.log_selector = context.main().logging.log_selector;
    parameters.retry = retry_lines(context.configuration);
    parameters.move_frozen_messages = context.settings().flag("move_frozen_messages");
    parameters.silent_routers = with_logging_disabled(context.configuration.routers);
    parameters.silent_transports = with_logging_disabled(context.configuration.transports);
    parameters.queue_interval = static_cast<std::uint32_t>(
        std::chrono::ceil<std::chrono::seconds>(context.arguments.queue_interval).count());
    parameters.delay_warning_condition = context.settings().is_set("delay_warning_condition");
    parameters.expands_bounces = is_expanded_by_router(context, "bounce_message_file");
    parameters.expands_warnings = is_expanded_by_router(context, "warn_message_file");
    parameters.has_errors_copy = context.settings().is_set("errors_copy");
    const auto owner = context.owners.spool().uid;
    parameters.spool_uid = owner == static_cast<uid_t>(-1) ? context.caller_uid : owner; // an ordinary user's instance is theirs
    parameters.admin_groups.clear();
    const auto& admins = context.main().identity.admin_groups;
    if (admins.is_set && admins.is_constant())
        for (const auto& name : config::split_list(admins.text))
            parameters.admin_groups.push_back(TRY(process::find_group(name)));
    // Members of Exim's own group are administrators too (manual 5.2).
    const auto& group = context.main().process.exim_group;
    const auto spool_group = context.owners.spool().gid;
    if (!group.name.empty() && group.id != 0)
        parameters.admin_groups.push_back(group.id);
    else if (spool_group != static_cast<gid_t>(-1) && spool_group != 0)
        parameters.admin_groups.push_back(spool_group);
    // Where one user serves all, deliveries that nobody gave a user are his, as in Exim.
    parameters.shared_uid = parameters.shared_gid = 0;
    if (!context.owners.is_one_for_each() && owner != static_cast<uid_t>(-1)) {
        parameters.shared_uid = owner;
        parameters.shared_gid = spool_group;
    }
    parameters.one_shot = context.arguments.one_shot;
    parameters.guest = context.arguments.guest;
    if (parameters.one_shot) // nobody else's mail waits
        parameters.local_max_parallel = 1;
    parameters.has_system_filter = context.settings().is_set("system_filter");
    parameters.routing_needs_headers = parameters.has_system_filter || looks_at_headers(context.configuration);
    parameters.raises_events = context.settings().is_set("event_action");
    parameters.events_need_headers = events_look_at_headers(context);
    parameters.routing_needs_headers |= parameters.events_need_headers;
    const bool runs_any = parameters.has_system_filter || runs_filters(context.configuration);
    parameters.routing_body_octets = runs_any ? filter_body_octets : 0;
    return ipc::encode(parameters);
}

}
