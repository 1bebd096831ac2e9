#include "conf/trusted_files.h"

#include "common/base/text.h"

namespace gp::conf {

bool is_plain_path(std::string_view value)
{
    value = trim(value);
    return value.starts_with('/') && value.find('$') == value.npos;
}

std::vector<std::string> trusted_by_transports(const Configuration& configuration)
{
    std::vector<std::string> paths;
    for (const auto& transport : configuration.transports)
        for (std::string_view option : {"tls_verify_certificates", "tls_crl"})
            if (transport.settings.find(option) && is_plain_path(transport.settings.text(option)))
                paths.emplace_back(trim(transport.settings.text(option)));
    return paths;
}

}
