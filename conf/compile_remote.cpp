#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "conf/compile.h"
#include "delivery/remote/parameters.h"

namespace gp::conf {
namespace {

// Variables that say nothing about the message: the host that is talked to, and where we are.
bool is_of_connection(std::string_view name)
{
    constexpr std::array names = {"host", "host_address", "host_port", "primary_hostname", "smtp_active_hostname", "config_dir",
                                  "config_file", "spool_directory", "value", "item", "qualify_domain"};
    const bool is_capture = !name.empty() && is_digit(name.front());
    return is_capture || name.starts_with("tls_out_") || std::ranges::find(names, name) != names.end();
}

// As far as can be seen: $name and ${name}, wherever they stand, and the conditions that look at the message.
bool looks_at_message(std::string_view text)
{
    for (auto at = text.find('$'); at != text.npos; at = text.find('$', at + 1)) {
        auto rest = text.substr(at + 1);
        const bool in_braces = rest.starts_with('{');
        rest.remove_prefix(in_braces ? 1 : 0);
        std::size_t length = 0;
        while (length < rest.size() && (is_alnum(rest[length]) || rest[length] == '_'))
            ++length;
        const bool is_variable = !in_braces || rest.substr(length).starts_with('}');
        if (is_variable && length > 0 && !is_of_connection(rest.substr(0, length)))
            return true;
    }
    constexpr std::array others = {"def:", "acl", "expand", "first_delivery", "queue_running"}; // the first three: by name
    return std::ranges::any_of(others, [text](std::string_view word) { return text.find(word) != text.npos; });
}

bool logins_depend_on_message(const Driver& authenticator)
{
    return std::ranges::any_of(authenticator.settings.all(), [](const config::Setting& setting) {
        const auto* text = std::get_if<std::string>(&setting.value);
        return text && setting.is_written && setting.option->name.starts_with("client_") && looks_at_message(*text);
    });
}

}

Result<std::string> remote_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<remote::Parameters>();
    for (const auto& certificate : context.keys.client)
        parameters.certificates.push_back({certificate.file, certificate.chain_pem, certificate.key});
    for (const auto& key : context.keys.dkim)
        parameters.dkim_keys.push_back({key.file, key.key, key.algorithm});
    parameters.has_filters = std::ranges::any_of(context.configuration.transports, [](const Driver& transport) {
        return transport.driver == "smtp" && transport.settings.is_set("transport_filter");
    });
    parameters.logins_vary = std::ranges::any_of(context.configuration.authenticators, logins_depend_on_message);
    parameters.one_shot = context.arguments.one_shot;
    return ipc::encode(parameters);
}

}
