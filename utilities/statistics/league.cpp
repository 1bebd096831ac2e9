// The tables that text, HTML and CSV report share, in the order in which they are printed.
#include <algorithm>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "utilities/statistics/report.h"

namespace gp::utilities {
namespace {

struct WayName {
    By by;
    const char* word; // "host" of "sending hosts"
};
constexpr WayName way_names[] = {
    {By::host, "host"}, {By::domain, "domain"}, {By::email, "email"}, {By::email_domain, "edomain"}};

const char* word_of(By by)
{
    return way_names[static_cast<std::size_t>(by)].word;
}

std::vector<Row> best(const Volumes& volumes, const ReportOptions& options, bool by_volume)
{
    std::vector<Row> rows;
    for (const auto& [name, volume] : volumes)
        if (volume.messages > 0)
            rows.push_back({name, volume});
    std::ranges::stable_sort(rows, [by_volume](const Row& a, const Row& b) {
        const auto key = [by_volume](const Row& row) {
            return by_volume ? std::pair(row.volume.octets, row.volume.messages)
                             : std::pair(row.volume.messages, row.volume.octets);
        };
        return key(a) > key(b);
    });
    if (rows.size() > static_cast<std::size_t>(options.top))
        rows.resize(static_cast<std::size_t>(options.top));
    return rows;
}

Volumes volumes_of(const Counts& counts)
{
    Volumes volumes;
    for (const auto& [name, count] : counts)
        volumes[name].messages = count;
    return volumes;
}

void add_pair(std::vector<League>& list, const std::string& plural, const std::string& column, const Volumes& volumes,
              const ReportOptions& options, bool has_addresses)
{
    for (const bool by_volume : {false, true})
        list.push_back({plural + (by_volume ? " by volume" : " by message count"), column, true, has_addresses,
                        best(volumes, options, by_volume)});
}

void add_counts(std::vector<League>& list, const std::string& plural, const std::string& column, const Counts& counts,
                const ReportOptions& options)
{
    if (!counts.empty())
        list.push_back({plural + " by message count", column, false, false, best(volumes_of(counts), options, false)});
}

}

std::vector<League> leagues(const Traffic& traffic, const ReportOptions& options)
{
    std::vector<League> list;
    if (options.top == 0)
        return list;
    add_counts(list, "mail rejection reasons", "Mail rejection reason", traffic.rejections, options);
    add_counts(list, "mail temporary rejection reasons", "Mail temporary rejection reason",
               traffic.temporary_rejections, options);
    for (const auto by : options.ways)
        add_pair(list, fmt::format("sending {}s", word_of(by)), fmt::format("Sending {}", word_of(by)),
                 traffic.from[static_cast<std::size_t>(by)], options, false);
    if (options.shows_local && !traffic.local_senders.empty())
        add_pair(list, "local senders", "Local sender", traffic.local_senders, options, false);
    const bool has_addresses = traffic.delivered.addresses > 0;
    for (const auto by : options.ways)
        add_pair(list, fmt::format("{} destinations", word_of(by)),
                 fmt::format("{} destination", by == By::host     ? "Host"
                                               : by == By::domain ? "Domain"
                                               : by == By::email  ? "Email"
                                                                  : "Edomain"),
                 traffic.to[static_cast<std::size_t>(by)], options, has_addresses);
    if (options.shows_local && !traffic.local_destinations.empty())
        add_pair(list, "local destinations", "Local destination", traffic.local_destinations, options, has_addresses);
    add_counts(list, "non-rejected spamming ips", "Non-rejected spamming ip", traffic.spam_hosts, options);
    add_counts(list, "rejected ips", "Rejected ip", traffic.rejected_hosts, options);
    add_counts(list, "temporarily rejected ips", "Temporarily rejected ip", traffic.temporarily_rejected_hosts,
               options);
    return list;
}

std::vector<SpreadTable> spreads(const Traffic& traffic)
{
    std::vector<SpreadTable> list;
    if (!traffic.queue_all.limits.empty()) {
        list.push_back({"Time spent on the queue: all messages", &traffic.queue_all});
        list.push_back({"Time spent on the queue: messages with at least one remote delivery",
                        &traffic.queue_remote});
    }
    if (!traffic.delivery_all.limits.empty()) {
        list.push_back({"Delivery times: all messages", &traffic.delivery_all});
        list.push_back({"Delivery times: messages with at least one remote delivery", &traffic.delivery_remote});
    }
    if (!traffic.receipt_all.limits.empty()) {
        list.push_back({"Receipt times: all messages", &traffic.receipt_all});
        for (const auto& [protocol, spread] : traffic.receipt_by_protocol)
            list.push_back({"Receipt times: " + protocol + " messages", &spread});
    }
    return list;
}

namespace {

struct VolumeUnit {
    std::int64_t below; // octets that are shown in it
    std::int64_t octets;
    const char* name;
};
constexpr VolumeUnit volume_units[] = {{10'000, 1, ""},
                                       {10'000'000, std::int64_t{1} << 10, "KB"},
                                       {10'000'000'000, std::int64_t{1} << 20, "MB"},
                                       {std::numeric_limits<std::int64_t>::max(), std::int64_t{1} << 30, "GB"}};

const VolumeUnit& unit_of(std::int64_t octets)
{
    const auto found = std::ranges::find_if(volume_units, [octets](const auto& unit) { return octets < unit.below; });
    return found == std::end(volume_units) ? *std::rbegin(volume_units) : *found;
}

std::int64_t in_units(std::int64_t octets, const VolumeUnit& unit)
{
    return (octets + unit.octets / 2) / unit.octets;
}

}

std::string volume_text(std::int64_t octets, bool is_rounded)
{
    if (!is_rounded)
        return std::to_string(octets);
    const auto& unit = unit_of(octets);
    return std::to_string(in_units(octets, unit)) + unit.name;
}

std::int64_t average_of(const Volume& volume, bool is_rounded)
{
    if (volume.messages == 0)
        return 0;
    const auto& unit = unit_of(volume.octets);
    return (is_rounded ? in_units(volume.octets, unit) * unit.octets : volume.octets) / volume.messages;
}

std::int64_t histogram_scale(const std::vector<std::int64_t>& counts)
{
    constexpr std::int64_t dots_per_line = 50;
    return std::max<std::int64_t>(1, (*std::ranges::max_element(counts) + dots_per_line / 2) / dots_per_line);
}

std::string histogram_unit(int divisions)
{
    return divisions == 1 ? " per hour" : fmt::format(" per {} minutes", 60 / divisions);
}

std::string histogram_title(const std::string& title, const std::string& noun, int divisions, std::int64_t scale)
{
    return fmt::format("{}{} (each dot is {} {})", title, histogram_unit(divisions), scale, scale == 1 ? noun : noun == "delivery" ? "deliveries" : noun + "s");
}

std::string histogram_label(std::size_t place, int divisions)
{
    const auto per_hour = static_cast<std::size_t>(divisions);
    if (per_hour == 1)
        return fmt::format("{:02}-{:02}", place, place + 1);
    const auto minute = place % per_hour * (60 / per_hour);
    return minute == 0 ? fmt::format("{:02}:00", place / per_hour) : fmt::format("  :{:02}", minute);
}

std::string time_text(std::int64_t seconds)
{
    struct Unit {
        std::int64_t seconds;
        char letter;
    };
    for (const auto unit : {Unit{604800, 'w'}, Unit{86400, 'd'}, Unit{3600, 'h'}, Unit{60, 'm'}})
        if (seconds >= unit.seconds && seconds % unit.seconds == 0)
            return fmt::format("{}{}", seconds / unit.seconds, unit.letter);
    return fmt::format("{}s", seconds);
}

std::string percent_text(std::int64_t part, std::int64_t whole)
{
    return fmt::format("{:.1f}%", whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}
