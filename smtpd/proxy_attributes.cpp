#include "smtpd/proxy_attributes.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "smtpd/proxy_header.h"

namespace gp::smtpd {

using namespace std::string_view_literals;

bool is_unknown_attribute(std::string_view value)
{
    return same_nocase(value, unknown_attribute) || same_nocase(value, unknown_attribute_now);
}

Status each_attribute(std::string_view argument, std::size_t longest,
                      const std::function<Status(std::string_view name, const std::string& value)>& take)
{
    for (const auto word : split(argument, ' ')) {
        if (word.empty())
            continue;
        const auto equals = word.find('=');
        if (equals == std::string_view::npos || word.size() > longest)
            return permanent("malformed attribute");
        const auto value = xtext_decode(word.substr(equals + 1));
        if (!value || value->find_first_of("\r\n\0"sv) != std::string::npos)
            return permanent("malformed value");
        TRY(take(word.substr(0, equals), *value));
    }
    return {};
}

Result<std::string> attribute_address(std::string_view value)
{
    constexpr std::string_view v6 = "IPV6:";
    const bool is_v6 = value.size() > v6.size() && same_nocase(value.substr(0, v6.size()), v6);
    return proxied_address(is_v6 ? value.substr(v6.size()) : value, is_v6);
}

}
