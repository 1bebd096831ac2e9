#include "utilities/statistics/traffic.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <ctime>

#include "common/base/text.h"

namespace gp::utilities {
namespace {

constexpr std::size_t at(By by)
{
    return static_cast<std::size_t>(by);
}

// Whoever sends mail can put words into a log: a number is never more than a message or a day can have.
constexpr long long most_number = 1'000'000'000'000'000;

std::int64_t number_of(std::string_view text)
{
    return std::clamp(std::strtoll(std::string(text).c_str(), nullptr, 10), 0LL, most_number);
}

// "QT=1d2h3m4s", "DT=0.012s": seconds.
double seconds_of(std::string_view text)
{
    double total = 0;
    std::string digits;
    for (const char c : text) {
        if (is_digit(c) || c == '.') {
            digits += c;
            continue;
        }
        const double unit = c == 'w' ? 604800 : c == 'd' ? 86400 : c == 'h' ? 3600 : c == 'm' ? 60 : 1;
        total += std::atof(digits.c_str()) * unit;
        digits.clear();
    }
    return total;
}

// How a host is named in the tables: confirmed name, else what it called itself, else its address.
std::string name_of(const mainlog::Host& host)
{
    if (!host.name.empty())
        return std::string(host.name);
    if (!host.helo.empty())
        return "(" + std::string(host.helo) + ")";
    return "[" + std::string(host.address) + "]";
}

// The host's name without its first label: "b.example" of mx.b.example, "(.b.example)" of what only called itself that. A
// name of fewer labels counts as local, as the original has it; an address stands for itself.
std::string domain_of_host(const std::string& name)
{
    if (name.starts_with('['))
        return name;
    const bool is_said = name.starts_with('(');
    const auto dot = name.find('.');
    if (dot == std::string::npos || dot < (is_said ? 2U : 1U) || name.find('.', dot + 1) == std::string::npos)
        return "localdomain";
    return is_said ? "(" + lower(name.substr(dot)) : lower(name.substr(dot + 1));
}

std::string email_domain(std::string_view address)
{
    if (address == "<>")
        return "<>";
    const auto sign = address.rfind('@');
    return sign == std::string_view::npos ? std::string() : lower(address.substr(sign + 1));
}

// What stands in <…> behind the address of a delivery line: what the recipient was before redirection. Nothing else.
std::string_view original_of(std::string_view text)
{
    const auto end = mainlog::first_word(text).size();
    if (text.substr(std::min(end + 1, text.size()), 1) != "<")
        return {};
    const auto close = text.find('>', end);
    return close == std::string_view::npos ? std::string_view{} : text.substr(end + 1, close - end);
}

}

void Spread::add(double seconds)
{
    std::size_t place = 0;
    while (place < limits.size() && seconds >= static_cast<double>(limits[place]))
        ++place;
    ++below[place];
}

std::int64_t Spread::total() const
{
    std::int64_t sum = 0;
    for (const auto count : below)
        grow(sum, count);
    return sum;
}

Traffic::Traffic(TrafficOptions given)
    : options(std::move(given)), received_by_time(static_cast<std::size_t>(24 * std::max(options.divisions, 1))),
      delivered_by_time(received_by_time.size()), queue_all(options.queue_limits), queue_remote(options.queue_limits),
      delivery_all(options.delivery_limits), delivery_remote(options.delivery_limits),
      receipt_all(options.receipt_limits), pattern_counts(options.patterns.size()),
      pattern_by_time(options.patterns.size(), std::vector<std::int64_t>(received_by_time.size()))
{
}

void Traffic::take(std::string_view text)
{
    const auto line = mainlog::parse_line(text);
    if (!line)
        return;
    ++lines;
    count_patterns(*line);
    if (count(*line))
        widen(shown_stamp(*line));
}

// The report covers the time from the first line that counted to the last.
void Traffic::widen(const std::string& stamp)
{
    if (first.empty() || stamp < first)
        first = stamp;
    if (stamp > last)
        last = stamp;
}

// To the second, with the zone where the log has one.
std::string Traffic::shown_stamp(const mainlog::Line& line) const
{
    constexpr std::size_t to_second = 19;
    if (options.in_utc) {
        const auto time = static_cast<std::time_t>(line.milliseconds / 1000);
        std::tm parts{};
        ::gmtime_r(&time, &parts);
        char text[64];
        std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
        return text;
    }
    const auto zone = line.stamp.find(' ', to_second);
    return std::string(line.stamp.substr(0, to_second)) + std::string(zone == std::string_view::npos ? "" : line.stamp.substr(zone));
}

// Whether the line is of a kind that is counted.
bool Traffic::count(const mainlog::Line& line)
{
    switch (line.flag) {
    case mainlog::Flag::received: arrival(line); return true;
    case mainlog::Flag::delivered:
    case mainlog::Flag::further: delivery(line); return true;
    case mainlog::Flag::failed: failure(line); return true;
    case mainlog::Flag::deferred:
        if (const auto found = open_.find(std::string(line.id)); found != open_.end() && !found->second.is_delayed) {
            found->second.is_delayed = true;
            ++delayed;
        }
        return true;
    case mainlog::Flag::completed: completion(line); return true;
    case mainlog::Flag::none: break;
    default: return true;
    }
    if (const auto host = spam_host_of(line.text)) {
        ++spam;
        ++spam_hosts[*host];
        return true;
    }
    const auto refused = rejection_of(line.text);
    if (refused)
        count_rejection(*refused);
    return refused.has_value();
}

void Traffic::count_rejection(const Rejection& one)
{
    ++(one.is_temporary ? temporarily_rejected : rejected);
    ++(one.is_temporary ? temporary_rejections : rejections)[one.reason];
    ++(one.is_temporary ? temporarily_rejected_hosts : rejected_hosts)[one.host];
}

void Traffic::count_patterns(const mainlog::Line& line)
{
    for (std::size_t i = 0; i < options.patterns.size(); ++i)
        if (options.patterns[i].regex.matches(line.from_stamp).value_or(false)) {
            ++pattern_counts[i];
            ++pattern_by_time[i][division_of(line)];
        }
}

std::size_t Traffic::division_of(const mainlog::Line& line) const
{
    const auto stamp = options.in_utc ? shown_stamp(line) : std::string(line.stamp);
    return place_of_time(number_of(stamp.substr(11, 2)) * 60 + number_of(stamp.substr(14, 2)));
}

std::size_t Traffic::place_of_time(std::int64_t minutes) const
{
    const auto per_hour = static_cast<std::size_t>(std::max(options.divisions, 1));
    return std::min(static_cast<std::size_t>(minutes) * per_hour / 60, received_by_time.size() - 1);
}

void Traffic::arrival(const mainlog::Line& line)
{
    Message message;
    message.arrived = line.milliseconds;
    message.size = number_of(mainlog::field(line.text, "S=").value_or("0"));
    message.sender = mainlog::first_word(line.text);
    message.protocol = mainlog::field(line.text, "P=").value_or("");
    const auto host = mainlog::host(line.text);
    const bool is_remote = host && (!host->address.empty() || !host->name.empty());
    std::string name = "local", domain = "localdomain";
    if (is_remote) {
        name = name_of(*host);
        domain = domain_of_host(name);
        message.relay_from = lower(name) + "[" + std::string(host->address) + "]";
    }
    if (const auto user = mainlog::field(line.text, "U="); user && (!is_remote || options.counts_remote_users))
        local_senders[std::string(*user)].add(message.size);
    received.add(message.size);
    from[at(By::host)][name].add(message.size);
    from[at(By::domain)][domain].add(message.size);
    from[at(By::email)][message.sender].add(message.size);
    from[at(By::email_domain)][email_domain(message.sender)].add(message.size);
    ++received_by_time[division_of(line)];
    open_[std::string(line.id)] = std::move(message);
}

void Traffic::delivery(const mainlog::Line& line)
{
    const auto found = open_.find(std::string(line.id));
    const Message nobody;
    const auto& message = found == open_.end() ? nobody : found->second;
    const auto address = std::string(mainlog::first_word(line.text));
    const auto transport = std::string(mainlog::field(line.text, "T=").value_or(address));
    if (options.hidden_transports && options.hidden_transports.matches(transport).value_or(false))
        return;
    const auto host = mainlog::host(line.text);
    const auto name = host ? name_of(*host) : std::string("local");
    const auto domain = host ? domain_of_host(name) : std::string("localdomain");
    if (line.flag == mainlog::Flag::further) { // a recipient of a transaction that is counted already
        ++delivered.addresses;
        ++to[at(By::host)][name].addresses;
        ++to[at(By::domain)][domain].addresses;
        ++to[at(By::email_domain)][email_domain(address)].addresses;
        return;
    }
    if (address == ":blackhole:") // counted as thrown away, too
        count_rejection({.reason = "Unknown", .host = "local"});
    if (host && found != open_.end())
        found->second.is_remote = true;
    else if (host)
        remote_without_arrival_.emplace(line.id);
    if (host)
        count_relay(message, line, *host);
    if (!host || options.counts_remote_users)
        local_destinations[shown_destination(line, address)].add(message.size);
    delivered.add(message.size);
    transports[transport].add(message.size);
    to[at(By::host)][name].add(message.size);
    to[at(By::domain)][domain].add(message.size);
    to[at(By::email)][options.keeps_originals ? shown_destination(line, address) : address].add(message.size);
    to[at(By::email_domain)][email_domain(address)].add(message.size);
    ++delivered_by_time[division_of(line)];
    if (const auto time = mainlog::field(line.text, "DT=")) {
        delivery_all.add(seconds_of(*time));
        if (host)
            delivery_remote.add(seconds_of(*time));
    }
}

// A file or a command says little without the address that led to it.
std::string Traffic::shown_destination(const mainlog::Line& line, const std::string& address) const
{
    const bool is_path = address.starts_with('/') || address.starts_with('|');
    const auto original = original_of(line.text);
    return (is_path || options.keeps_originals) && !original.empty() ? address + " " + std::string(original) : address;
}

// What came from another host and goes on to another for the address that it came for.
void Traffic::count_relay(const Message& message, const mainlog::Line& line, const mainlog::Host& host)
{
    if (!options.counts_relays || message.relay_from.empty() || !original_of(line.text).empty())
        return;
    const auto key = message.relay_from + " " + lower(message.sender) + " \n      => " + lower(name_of(host)) + "[" +
                     std::string(host.address) + "] " + lower(mainlog::first_word(line.text));
    if (options.hidden_relays && options.hidden_relays.matches(key).value_or(false))
        ++hidden_relays;
    else
        ++relays[key];
}

void Traffic::failure(const mainlog::Line& line)
{
    ++errors[std::string(line.text)];
    const auto found = open_.find(std::string(line.id));
    if (found == open_.end() || found->second.is_failed)
        return;
    found->second.is_failed = true;
    ++failed;
}

void Traffic::completion(const mainlog::Line& line)
{
    const auto found = open_.find(std::string(line.id));
    if (found == open_.end()) { // its arrival stands in an older log, or behind this line: no time is known of it
        queue_all.add(0);
        if (remote_without_arrival_.erase(std::string(line.id)) > 0)
            queue_remote.add(0);
        return;
    }
    const auto& message = found->second;
    const auto seconds = static_cast<double>(line.milliseconds - message.arrived) / 1000;
    queue_all.add(seconds);
    if (message.is_remote)
        queue_remote.add(seconds);
    // The time from the first octet to the arrival line: the whole time in the queue less that since the arrival.
    if (const auto whole = mainlog::field(line.text, "QT=")) {
        const auto receipt = std::max(0.0, seconds_of(*whole) - seconds);
        receipt_all.add(receipt);
        if (!message.protocol.empty())
            receipt_by_protocol.try_emplace(message.protocol, options.receipt_limits).first->second.add(receipt);
    }
    open_.erase(found);
}

std::size_t Traffic::known(const Volumes& table)
{
    std::size_t number = 0;
    for (const auto& [name, volume] : table)
        number += volume.messages > 0 ? 1 : 0;
    return number;
}

Breadth Traffic::breadth() const
{
    Breadth sum = of_reports;
    for (std::size_t i = 0; i < ways; ++i) {
        sum.in[i] += is_merged ? 0 : known(from[i]);
        sum.out[i] += is_merged ? 0 : known(to[i]);
    }
    if (!is_merged) {
        sum.rejected += rejected_hosts.size();
        sum.temporarily_rejected += temporarily_rejected_hosts.size();
        sum.spam += spam_hosts.size();
    }
    return sum;
}

}
