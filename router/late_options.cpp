#include "router/late_options.h"

#include <algorithm>

#include "common/base/text.h"
#include "router/late_protocol.h"

namespace gp::router {
namespace {

// The first of these variables that a text names, as "$host", "${host}" or "def:host"; empty: none.
std::string_view mentioned(std::string_view text, const auto& variables)
{
    for (const std::string_view mark : {"$", "def:"})
        for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1)) {
            auto name = text.substr(at + mark.size());
            name = name.substr(name.starts_with('{') ? 1 : 0);
            name = name.substr(0, std::ranges::find_if_not(name, [](char c) { return is_alnum(c) || c == '_'; }) - name.begin());
            if (const auto found = std::ranges::find(variables, name); found != std::ranges::end(variables))
                return *found;
        }
    return {};
}

bool is_late_option(std::string_view option)
{
    return std::ranges::find(late_options, option) != late_options.end();
}

}

bool says_of_host(std::string_view text)
{
    return !mentioned(text, host_variables).empty() || !mentioned(text, connection_variables).empty();
}

bool is_late(std::string_view option, std::string_view text)
{
    return is_late_option(option) && says_of_host(text);
}

Status check_connection_variables(const conf::Driver& instance)
{
    for (const auto& setting : instance.settings.all()) {
        const auto name = setting.option->name;
        const bool is_of_smtp = instance.driver == "smtp";
        const bool knows = name == "event_action" || (is_of_smtp && (name == "transport_filter" || is_late_option(name)));
        if (!setting.is_written || knows || setting.option->use != config::Use::expanded)
            continue;
        const auto text = instance.settings.expandable(name);
        const auto variable = mentioned(text.text, connection_variables);
        if (variable.empty() || (!is_of_smtp && variable.starts_with("tls_out_"))) // which nothing sets there
            continue;
        return misconfigured(text.origin.text() + ": option " + std::string(name) + ": $" + std::string(variable) +
                             " is known only when a connection stands, and this text is expanded before. It can be used in helo_data, in "
                             "the options of TLS, transport_filter and event_action of an smtp transport, and in client authenticators");
    }
    return {};
}

}
