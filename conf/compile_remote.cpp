#include "conf/compile.h"
#include "delivery/remote/parameters.h"

namespace gp::conf {

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
    parameters.one_shot = context.arguments.one_shot;
    return ipc::encode(parameters);
}

}
