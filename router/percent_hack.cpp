#include "router/percent_hack.h"

#include "common/base/text.h"
#include "common/mail/address.h"
#include "common/mail/address_parser.h"

namespace gp::router {
namespace {

// What stood in quotes may be anything.
bool is_domain(const std::string& text)
{
    const auto parsed = mail::parse_address("x@" + text, {.allow_domain_literals = true, .allow_utf8_domains = true});
    return parsed && parsed->has_domain() && parsed->address == "x@" + text;
}

}

Result<std::optional<std::string>> without_percent(const Ground& ground, expand::Scene& scene, std::string_view address)
{
    const auto& domains = ground.percent_hack_domains;
    const auto written = mail::local_part_of(address);
    if (domains.empty() || written.find('%') == std::string_view::npos)
        return std::optional<std::string>{};
    auto local_part = written.starts_with('"') ? mail::unquote_local_part(written) : std::string(written);
    auto domain = std::string(mail::domain_of(address));
    bool is_other = false;
    for (std::size_t at; (at = local_part.rfind('%')) != std::string::npos && !domain.empty();) {
        const auto listed = domains.domain(scene, lower(domain));
        if (!listed)
            return temporary(std::string(percent_hack_deferred) + ": " + listed.error().text);
        if (!*listed || !is_domain(local_part.substr(at + 1)))
            break;
        domain = local_part.substr(at + 1);
        local_part.resize(at);
        is_other = true;
    }
    if (!is_other)
        return std::optional<std::string>{};
    return std::optional{mail::quote_local_part(local_part) + "@" + domain};
}

Result<std::string> address_meant(const Ground& ground, expand::Scene& scene, std::string address)
{
    if (mail::domain_of(address).empty())
        address += "@" + ground.world.site.qualify_recipient;
    auto other = TRY(without_percent(ground, scene, address));
    return other ? std::move(*other) : std::move(address);
}

}
