#include "common/filter/personal.h"

#include "common/base/text.h"
#include "common/mail/address_parser.h"
#include "common/mail/bulk.h"

namespace gp::filter {
namespace {

using expand::HeaderForm;

// Senders that are no persons, in any part of the address.
constexpr std::string_view robots[] = {"server@", "daemon@", "root@", "listserv@", "majordomo@", "-request@"};

bool is_robot(std::string_view address)
{
    if (starts_nocase(address, "owner-") && address.substr(6).find('@') != std::string_view::npos &&
        address.substr(6).find('@') != 0)
        return true;
    return std::ranges::any_of(robots, [&](auto robot) { return find_nocase(address, robot) != std::string_view::npos; });
}

bool contains_any(std::string_view address, const std::vector<std::string>& wanted)
{
    return std::ranges::any_of(wanted,
                               [&](const auto& own) { return find_nocase(address, own) != std::string_view::npos; });
}

}

std::vector<std::string> own_addresses(const expand::Scene& scene)
{
    const auto* address = scene.address;
    if (!address)
        return {};
    const auto domain = "@" + std::string(address->domain);
    std::vector<std::string> found{std::string(address->local_part) + domain};
    if (!address->local_part_prefix.empty() || !address->local_part_suffix.empty())
        found.push_back(std::string(address->local_part_prefix) + std::string(address->local_part) +
                        std::string(address->local_part_suffix) + domain);
    return found;
}

bool any_address(const expand::Headers& headers, std::string_view header,
                 const std::function<bool(std::string_view address)>& wanted)
{
    for (const auto& line : headers.lines()) {
        if (!same_nocase(line.name, header))
            continue;
        for (const auto& item : mail::parse_address_list(line.body, {.allow_domain_literals = true}, 10'000).items)
            if (item.parsed && wanted(item.parsed->address))
                return true;
    }
    return false;
}

bool is_automatic(const expand::Scene& scene)
{
    if (!scene.message || scene.message->sender.empty())
        return true;
    const auto* headers = scene.message->headers;
    if (!headers)
        return false;
    for (const auto& line : headers->lines()) {
        for (std::string_view word : {"id", "help", "subscribe", "unsubscribe", "post", "owner", "archive"})
            if (starts_nocase(line.name, "list-") && same_nocase(line.name.substr(5), word))
                return true;
        // RFC 3834 section 5: anything but "no" is automatic.
        if (same_nocase(line.name, "auto-submitted") && !same_nocase(trim(line.body), "no"))
            return true;
        if (same_nocase(line.name, "precedence") && mail::is_bulk_precedence(line.body))
            return true;
    }
    return false;
}

bool is_personal(const expand::Scene& scene, const std::vector<std::string>& aliases)
{
    if (is_automatic(scene) || !scene.message->headers)
        return false;
    auto own = own_addresses(scene);
    const auto self = own;
    for (const auto& alias : aliases)
        own.push_back(alias);
    const auto& headers = *scene.message->headers;
    if (!any_address(headers, "to", [&](std::string_view address) { return contains_any(address, own); }))
        return false;
    return !any_address(headers, "from",
                        [&](std::string_view address) { return is_robot(address) || contains_any(address, own); });
}

}
