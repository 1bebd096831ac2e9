#include "conf/milters.h"

#include "common/scan/milter_settings.h"

namespace gp::conf {
namespace {

constexpr std::size_t first_of_rows = 2; // behind smtpd_milters and non_smtpd_milters

bool has_own(const ServiceRow& row)
{
    return row.program == "smtpd" && (row.milters || row.milter_daemon_name);
}

Status at(const config::Origin& origin, std::string_view option, const Error& error)
{
    return misconfigured(origin.text() + ": " + std::string(option) + ": " + error.text);
}

Result<mail::Milter> usual_milter(const Context& context)
{
    const auto& settings = context.settings();
    mail::Milter usual;
    const auto seconds = [&](const char* option, std::uint32_t otherwise) {
        const auto value = number_of(settings, option).value_or(otherwise);
        return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, 1, 24 * 3600));
    };
    usual.connect_timeout = seconds("milter_connect_timeout", usual.connect_timeout);
    usual.command_timeout = seconds("milter_command_timeout", usual.command_timeout);
    usual.content_timeout = seconds("milter_content_timeout", usual.content_timeout);
    const auto action = scan::milter_default(text_of(settings, "milter_default_action").value_or("tempfail"));
    if (!action)
        return at(settings.origin("milter_default_action"), "milter_default_action", action.error()).error();
    usual.default_action = *action;
    return usual;
}

Result<mail::MilterSet> set_of(std::string_view text, const mail::Milter& usual, std::string daemon_name, std::string_view option,
                               const config::Origin& origin)
{
    auto milters = scan::milters_in(text, usual);
    if (!milters)
        return at(origin, option, milters.error()).error();
    return mail::MilterSet{.milters = std::move(milters).take(), .daemon_name = std::move(daemon_name)};
}

}

Result<std::vector<mail::MilterSet>> milter_sets(const Context& context)
{
    const auto& settings = context.settings();
    const auto usual = TRY(usual_milter(context));
    const auto daemon_name = text_of(settings, "milter_macro_daemon_name").value_or(context.main().identity.primary_hostname);
    std::vector<mail::MilterSet> sets;
    for (const char* option : {"smtpd_milters", "non_smtpd_milters"})
        sets.push_back(TRY(set_of(text_of(settings, option).value_or(""), usual, daemon_name, option, settings.origin(option))));
    for (const auto& row : context.table)
        if (has_own(row)) {
            auto set = row.milters ? TRY(set_of(*row.milters, usual, daemon_name, "smtpd_milters", row.origin)) : sets.front();
            set.daemon_name = row.milter_daemon_name.value_or(daemon_name);
            sets.push_back(std::move(set));
        }
    const bool has_some = std::ranges::any_of(sets, [](const auto& set) { return !set.milters.empty(); });
    return has_some ? std::move(sets) : std::vector<mail::MilterSet>{};
}

std::uint32_t milter_set_of(const Context& context, const ServiceRow& row)
{
    const auto sets = milter_sets(context);
    if (!sets || sets->empty())
        return 0;
    std::size_t number = 0;
    if (has_own(row)) {
        number = first_of_rows;
        for (const auto& other : context.table) {
            if (other.name == row.name)
                break;
            number += has_own(other) ? 1 : 0;
        }
    }
    return (*sets)[number].milters.empty() ? 0 : static_cast<std::uint32_t>(number + 1);
}

std::vector<std::string> milter_places(const Context& context)
{
    std::vector<std::string> places;
    if (const auto sets = milter_sets(context))
        for (const auto& set : *sets)
            for (const auto& milter : set.milters)
                places.insert(places.end(), milter.places.begin(), milter.places.end());
    std::ranges::sort(places);
    places.erase(std::unique(places.begin(), places.end()), places.end());
    return places;
}

}
