#include "conf/params/pace.h"

#include <chrono>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/value.h"

namespace gp::conf {
namespace {

constexpr std::int64_t longest = 24 * 60 * 60;
constexpr std::uint64_t most = 1'000'000;

Result<PaceRule> parse(std::string_view item, std::string_view form, bool with_time)
{
    const auto wrong = [&](std::string_view what) {
        return misconfigured("\"" + escape(item) + "\" is not " + std::string(form) + ": " + std::string(what));
    };
    const auto equals = item.rfind('=');
    if (equals == item.npos)
        return wrong("there is no \"=\"");
    PaceRule rule{.pattern = std::string(trim(item.substr(0, equals)))};
    if (rule.pattern.empty())
        return wrong("nobody is named before the \"=\"");
    auto bound = trim(item.substr(equals + 1));
    const auto slash = bound.find('/');
    if (with_time != (slash != bound.npos))
        return wrong(with_time ? "there is no \"/\" with a time behind the number" : "a number alone follows the \"=\"");
    if (with_time) {
        const auto time = config::parse_time(trim(bound.substr(slash + 1)));
        if (!time)
            return wrong(time.error().text);
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*time).count();
        if (seconds < 1 || seconds > longest)
            return wrong("the time must be between one second and a day");
        rule.seconds = static_cast<std::uint32_t>(seconds);
        bound = trim(bound.substr(0, slash));
    }
    const auto count = parse_unsigned(bound);
    if (!count || *count < 1 || *count > most)
        return wrong("the number must be between 1 and 1000000");
    rule.count = static_cast<std::uint32_t>(*count);
    return rule;
}

}

Result<PaceRule> parse_share(std::string_view item)
{
    return parse(item, "HOST=NUMBER", false);
}

Result<PaceRule> parse_pace(std::string_view item)
{
    return parse(item, "PATTERN=NUMBER/TIME", true);
}

}
