// date, currentdate (RFC 5260).

#include <array>
#include <ctime>

#include "common/base/text.h"
#include "common/mail/date.h"
#include "common/sieve/headers.h"
#include "common/sieve/match.h"
#include "common/sieve/parser.h"

namespace gp::sieve {
namespace {

constexpr std::string_view parts[] = {"year", "month", "day", "date", "julian", "hour", "minute", "second",
                                      "time", "iso8601", "std11", "zone", "weekday"};

// A moment, seen in a zone: minutes east of Greenwich.
struct Moment {
    std::int64_t seconds = 0;
    int zone = 0;
};

std::string padded(int number, int width = 2)
{
    auto text = std::to_string(number);
    return std::string(text.size() < static_cast<std::size_t>(width) ? static_cast<std::size_t>(width) - text.size() : 0, '0') + text;
}

std::string zone_text(int minutes, std::string_view colon)
{
    const int size = std::abs(minutes);
    return (minutes < 0 ? "-" : "+") + padded(size / 60) + std::string(colon) + padded(size % 60);
}

std::string part_of(const Moment& moment, const std::string& name)
{
    const std::time_t local = moment.seconds + moment.zone * 60;
    std::tm broken{};
    ::gmtime_r(&local, &broken);
    const auto date = padded(broken.tm_year + 1900, 4) + "-" + padded(broken.tm_mon + 1) + "-" + padded(broken.tm_mday);
    const auto time = padded(broken.tm_hour) + ":" + padded(broken.tm_min) + ":" + padded(broken.tm_sec);
    if (name == "year")
        return padded(broken.tm_year + 1900, 4);
    if (name == "month")
        return padded(broken.tm_mon + 1);
    if (name == "day")
        return padded(broken.tm_mday);
    if (name == "date")
        return date;
    if (name == "julian") // Modified Julian Day of the local date
        return std::to_string((local >= 0 ? local : local - 86399) / 86400 + 40587);
    if (name == "hour")
        return padded(broken.tm_hour);
    if (name == "minute")
        return padded(broken.tm_min);
    if (name == "second")
        return padded(broken.tm_sec);
    if (name == "time")
        return time;
    if (name == "iso8601")
        return date + "T" + time + zone_text(moment.zone, ":");
    if (name == "std11")
        return mail::format_date(moment.seconds, moment.zone);
    if (name == "zone")
        return zone_text(moment.zone, "");
    return std::to_string(broken.tm_wday);
}

// "+0130": minutes; nothing when it is no zone.
std::optional<int> zone_of(std::string_view text)
{
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-') || !std::ranges::all_of(text.substr(1), is_digit))
        return std::nullopt;
    const int minutes = ((text[1] - '0') * 10 + (text[2] - '0')) * 60 + (text[3] - '0') * 10 + (text[4] - '0');
    return text[0] == '-' ? -minutes : minutes;
}

enum class ZoneFrom { local, original, given };

struct Arguments {
    Match match;
    Index index;
    ZoneFrom zone_from = ZoneFrom::local;
    int zone = 0;
    std::string header, part;
    std::vector<std::string> keys;
};

class DateTest final : public Test {
public:
    DateTest(Arguments arguments, bool is_current) : arguments_(std::move(arguments)), is_current_(is_current) {}
    Result<bool> holds(Run& run) const override
    {
        std::vector<std::string> values;
        if (is_current_)
            values.push_back(part_of(in_zone(run.now(), 0), arguments_.part));
        else
            for (const auto& value : arguments_.index.choose(header_values(run, TRY(run.expand(arguments_.header)))))
                if (const auto moment = read(value))
                    values.push_back(part_of(*moment, arguments_.part));
        return arguments_.match.any(run, values, arguments_.keys);
    }

private:
    Moment in_zone(std::int64_t seconds, int original) const
    {
        switch (arguments_.zone_from) {
        case ZoneFrom::given:
            return {seconds, arguments_.zone};
        case ZoneFrom::original:
            return {seconds, original};
        default:
            return {seconds, mail::zone_offset(seconds)};
        }
    }
    // The date of a header: all of it, or what follows the last semicolon of a Received one.
    std::optional<Moment> read(std::string_view text) const
    {
        if (const auto semicolon = text.rfind(';'); semicolon != std::string_view::npos)
            text = trim(text.substr(semicolon + 1));
        const auto seconds = mail::parse_date(text);
        if (!seconds)
            return std::nullopt;
        const auto sign = text.find_last_of("+-");
        const auto zone = sign == std::string_view::npos ? std::nullopt : zone_of(text.substr(sign, 5));
        return in_zone(*seconds, zone.value_or(0));
    }

    const Arguments arguments_;
    const bool is_current_;
};

Result<bool> read_zone(Parser& parser, Arguments& arguments, bool is_current)
{
    if (!is_current && TRY(parser.scanner().tag("originalzone"))) {
        arguments.zone_from = ZoneFrom::original;
        return true;
    }
    if (!TRY(parser.scanner().tag("zone")))
        return false;
    const auto text = TRY(parser.string("missing zone"));
    const auto zone = zone_of(text);
    if (!zone)
        return parser.error("invalid zone \"" + escape(text) + "\"");
    arguments.zone_from = ZoneFrom::given;
    arguments.zone = *zone;
    return true;
}

Result<TestPtr> parse(Parser& parser, bool is_current)
{
    Arguments arguments;
    while (TRY(read_zone(parser, arguments, is_current)) || TRY(arguments.match.read_tag(parser)) ||
           (!is_current && TRY(arguments.index.read_tag(parser)))) {
    }
    TRY(arguments.index.check(parser));
    if (!is_current) {
        arguments.header = TRY(parser.string("header string expected"));
        if (!is_header_name(arguments.header))
            return parser.error("invalid header field");
    }
    arguments.part = lower(TRY(parser.string("date part expected")));
    if (std::ranges::find(parts, arguments.part) == std::end(parts))
        return parser.error("invalid date part \"" + escape(arguments.part) + "\"");
    arguments.keys = TRY(parser.string_list("key string list expected"));
    return TestPtr(std::make_unique<DateTest>(std::move(arguments), is_current));
}

const RegisterTest tests[] = {
    RegisterTest{{.name = "date", .capability = "date", .parse = [](Parser& parser) { return parse(parser, false); }, .doc = "The date of a header."}},
    RegisterTest{{.name = "currentdate", .capability = "date", .parse = [](Parser& parser) { return parse(parser, true); }, .doc = "The date now."}},
};
const RegisterCapability capability{{.name = "date", .doc = "RFC 5260"}};

}
}
