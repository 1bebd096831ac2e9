// The time of day in its forms: $tod_log, $tod_full, $tod_epoch …

#include <ctime>

#include "common/expand/detail/values.h"
#include "common/mail/date.h"

namespace gp::expand {
namespace {

WallTime now(const Scene& scene)
{
    if (scene.world.effects.clock)
        return scene.world.effects.clock->now();
    return SystemClock().now();
}

std::int64_t seconds(const Scene& scene)
{
    return std::chrono::duration_cast<std::chrono::seconds>(now(scene).time_since_epoch()).count();
}

std::string formatted(std::int64_t when, const char* form, bool in_utc)
{
    const auto time = static_cast<std::time_t>(when);
    std::tm parts{};
    if (in_utc)
        ::gmtime_r(&time, &parts);
    else
        ::localtime_r(&time, &parts);
    std::array<char, 64> text{};
    const auto size = std::strftime(text.data(), text.size(), form, &parts);
    return {text.data(), size};
}

Got local_form(Scene& scene, const char* form)
{
    return Text::clean(formatted(seconds(scene), form, scene.site().timezone_is_utc));
}

Got log_form(Scene& scene, std::string_view)
{
    std::string text = formatted(seconds(scene), "%Y-%m-%d %H:%M:%S", scene.site().timezone_is_utc);
    if (scene.site().log_millisec) {
        const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now(scene).time_since_epoch()).count();
        auto digits = std::to_string(millis % 1000);
        text += '.' + std::string(3 - digits.size(), '0') + digits;
    }
    if (scene.site().log_timezone)
        text += formatted(seconds(scene), " %z", scene.site().timezone_is_utc);
    return Text::clean(std::move(text));
}

Got micros(Scene& scene, std::string_view)
{
    return clean(std::int64_t{now(scene).time_since_epoch().count()});
}

// clang-format off
const RegisterVariable variables[] = {
    RegisterVariable{{.name = "tod_log", .get = log_form, .doc = "As the log has it."}},
    RegisterVariable{{.name = "tod_full", .get = [](Scene& scene, std::string_view) { return scene.site().timezone_is_utc ? clean(mail::format_date(seconds(scene), 0)) : clean(mail::format_date(seconds(scene))); }, .doc = "As a Date: header has it."}},
    RegisterVariable{{.name = "tod_bsdinbox", .get = [](Scene& scene, std::string_view) { return local_form(scene, "%a %b %e %H:%M:%S %Y"); }, .doc = "As a From line of a mailbox has it."}},
    RegisterVariable{{.name = "tod_logfile", .get = [](Scene& scene, std::string_view) { return local_form(scene, "%Y%m%d"); }, .doc = "The day, for a file name."}},
    RegisterVariable{{.name = "tod_zone", .get = [](Scene& scene, std::string_view) { return local_form(scene, "%z"); }, .doc = "The local zone."}},
    RegisterVariable{{.name = "tod_zulu", .get = [](Scene& scene, std::string_view) { return clean(formatted(seconds(scene), "%Y%m%d%H%M%SZ", true)); }, .doc = "UTC, as in 20230221154023Z."}},
    RegisterVariable{{.name = "tod_epoch", .get = [](Scene& scene, std::string_view) { return clean(seconds(scene)); }, .doc = "Seconds since 1970."}},
    RegisterVariable{{.name = "tod_epoch_l", .get = micros, .doc = "Microseconds since 1970."}},
};
// clang-format on

}
}
