#include "router/common_options.h"

#include "common/base/text.h"
#include "common/config/list.h"

namespace gp::router {
namespace {

// "r_name = value; r_other = value" (manual 15, set): separated by semicolons unless said otherwise.
Status read_set(const Ground& ground, const conf::Driver& instance, CommonOptions& options)
{
    if (!instance.settings.find("set") || !instance.settings.is_set("set"))
        return {};
    for (const auto& item : config::split_list(instance.settings.expandable("set").text, ';')) {
        const auto equals = item.find('=');
        const auto name = std::string(trim(std::string_view(item).substr(0, equals)));
        if (equals == std::string::npos || !name.starts_with("r_"))
            return misconfigured(instance.settings.origin("set").text() + ": set wants r_NAME = VALUE, not \"" +
                                 escape(item) + "\"");
        auto value = TRY(ground.language.parse(trim(std::string_view(item).substr(equals + 1))));
        options.set.emplace_back(name, std::move(value));
    }
    return {};
}

bool switch_of(const conf::Driver& instance, std::string_view name)
{
    return instance.settings.find(name) && instance.settings.flag(name);
}

// A boolean that may be an expansion: its text when it has a "$", else its value as the default.
Result<std::optional<expand::Expression>> changeable(const Ground& ground, const conf::Driver& instance,
                                                     std::string_view name, bool& initial)
{
    const auto text = instance.settings.expandable(name);
    if (text.is_set && !text.is_constant())
        return expression_of(ground, instance, name);
    if (text.is_set)
        initial = expand::is_true(text.text);
    return std::optional<expand::Expression>{};
}

Status read_lists(const Ground& ground, const conf::Driver& instance, CommonOptions& options)
{
    const auto& settings = instance.settings;
    options.has_domains = settings.is_set("domains");
    options.has_local_parts = settings.is_set("local_parts");
    options.has_senders = settings.is_set("senders");
    options.domains = TRY(list_of(ground, instance, "domains", match::Kind::domain));
    options.local_parts = TRY(list_of(ground, instance, "local_parts", match::Kind::local_part));
    options.senders = TRY(list_of(ground, instance, "senders", match::Kind::address));
    options.prefixes = settings.list("local_part_prefix");
    options.suffixes = settings.list("local_part_suffix");
    return {};
}

Status read_expressions(const Ground& ground, const conf::Driver& instance, CommonOptions& options)
{
    const std::pair<std::string_view, std::optional<expand::Expression>*> members[] = {
        {"condition", &options.condition},
        {"router_home_directory", &options.router_home_directory},
        {"address_data", &options.address_data},
        {"errors_to", &options.errors_to},
        {"user", &options.user},
        {"group", &options.group},
        {"transport", &options.transport},
        {"cannot_route_message", &options.cannot_route_message},
        {"debug_print", &options.debug_print},
        {"transport_home_directory", &options.transport_home_directory},
        {"transport_current_directory", &options.transport_current_directory},
        {"translate_ip_address", &options.translate_ip_address},
    };
    for (const auto& [name, member] : members)
        *member = TRY(expression_of(ground, instance, name));
    options.require_files = TRY(items_of(ground, instance, "require_files", ':'));
    options.headers_add = TRY(items_of(ground, instance, "headers_add", '\n'));
    options.headers_remove = TRY(items_of(ground, instance, "headers_remove", ':'));
    options.fallback_hosts = instance.settings.text("fallback_hosts");
    options.more = TRY(changeable(ground, instance, "more", options.more_default));
    options.unseen = TRY(changeable(ground, instance, "unseen", options.unseen_default));
    return read_set(ground, instance, options);
}

}

Result<CommonOptions> CommonOptions::read(const Ground& ground, const conf::Driver& instance)
{
    CommonOptions options;
    options.name = instance.name;
    TRY(read_lists(ground, instance, options));
    TRY(read_expressions(ground, instance, options));
    const auto& settings = instance.settings;
    options.check_local_user = switch_of(instance, "check_local_user");
    options.caseful_local_part = switch_of(instance, "caseful_local_part");
    options.prefix_optional = switch_of(instance, "local_part_prefix_optional");
    options.suffix_optional = switch_of(instance, "local_part_suffix_optional");
    options.pass_router = settings.text("pass_router");
    options.redirect_router = settings.text("redirect_router");
    options.initgroups = switch_of(instance, "initgroups");
    options.verify_sender = switch_of(instance, "verify_sender");
    options.verify_recipient = switch_of(instance, "verify_recipient");
    options.verify_only = switch_of(instance, "verify_only");
    options.address_test = switch_of(instance, "address_test");
    options.expn = switch_of(instance, "expn");
    options.fail_verify_sender = switch_of(instance, "fail_verify_sender");
    options.fail_verify_recipient = switch_of(instance, "fail_verify_recipient");
    options.log_as_local = switch_of(instance, "log_as_local");
    options.pass_on_timeout = switch_of(instance, "pass_on_timeout");
    options.dsn_lasthop = switch_of(instance, "dsn_lasthop");
    options.retry_use_local_part = switch_of(instance, "retry_use_local_part");
    return options;
}

}
