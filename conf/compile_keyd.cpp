#include "common/tls/keyd/parameters.h"
#include "conf/compile.h"

namespace gp::conf {

Result<std::string> keyd_parameters(const Context& context, const ServiceRow&)
{
    auto parameters = context.filled<keyd::Parameters>();
    for (const auto& key : context.keys.keys)
        parameters.keys.push_back({.name = key.name, .pem = key.pem, .client = key.client, .dkim = key.dkim});
    return ipc::encode(parameters);
}

}
