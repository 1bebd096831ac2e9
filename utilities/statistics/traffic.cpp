#include "utilities/statistics/traffic.h"

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

std::int64_t number_of(std::string_view text)
{
    return std::atoll(std::string(text).c_str());
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
        return lower(host.name);
    if (!host.helo.empty())
        return "(" + lower(host.helo) + ")";
    return "[" + std::string(host.address) + "]";
}

// The host's name without its first label; an address is no name.
std::string domain_of_host(const std::string& name)
{
    const auto dot = name.find('.');
    if (name.starts_with('[') || dot == std::string::npos || name.find('.', dot + 1) == std::string::npos)
        return name;
    return (name.starts_with('(') ? "(" : "") + name.substr(dot + 1);
}

std::string email_domain(std::string_view address)
{
    if (address == "<>")
        return "<>";
    const auto sign = address.rfind('@');
    return sign == std::string_view::npos ? std::string() : lower(address.substr(sign + 1));
}

// "Rejected RCPT: relay not permitted" of "H=… F=<…> rejected RCPT <…>: relay not permitted". The parts that differ
// from case to case (addresses, names in parentheses) are left out.
std::string reason_of(std::string_view text)
{
    auto found = text.find("temporarily rejected ");
    if (found == std::string_view::npos)
        found = text.find("rejected ");
    if (found == std::string_view::npos)
        found = text.find("dropped: ");
    if (found == std::string_view::npos)
        found = text.find("refused");
    const auto rest = text.substr(found);
    const auto colon = rest.find(": ");
    std::string reason;
    for (const auto word : split(rest.substr(0, colon), ' ')) {
        if (word.starts_with('<') || word.starts_with('[') || word == "from")
            break;
        reason.append(reason.empty() ? "" : " ").append(word);
        if (word == "EHLO" || word == "HELO" || word == "VRFY" || word == "EXPN" || word == "ETRN")
            break;
    }
    if (colon != std::string_view::npos)
        reason.append(rest.substr(colon));
    constexpr std::size_t longest = 80;
    if (const auto bracket = reason.find('['); bracket != std::string::npos && bracket > 0)
        reason.resize(bracket);
    if (reason.size() > longest)
        reason.resize(longest);
    while (!reason.empty() && reason.back() == ' ')
        reason.pop_back();
    if (!reason.empty())
        reason.front() = to_upper(reason.front());
    return reason.empty() ? "Unknown" : reason;
}

std::string address_in_brackets(std::string_view text)
{
    const auto open = text.find(" [");
    const auto start = text.starts_with("[") ? 0 : open == std::string_view::npos ? text.find("=[") : open;
    if (start == std::string_view::npos)
        return "local";
    const auto begin = text.find('[', start);
    const auto end = text.find(']', begin);
    return end == std::string_view::npos ? "local" : std::string(text.substr(begin, end - begin + 1));
}

bool is_rejection(const mainlog::Line& line)
{
    if (line.flag != mainlog::Flag::none)
        return false;
    return line.text.find("rejected") != std::string_view::npos ||
           line.text.find("dropped: too many") != std::string_view::npos ||
           line.text.find(" refused") != std::string_view::npos || line.text.starts_with("refused ");
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
        sum += count;
    return sum;
}

Traffic::Traffic(TrafficOptions given)
    : options(std::move(given)), received_by_time(static_cast<std::size_t>(24 * std::max(options.divisions, 1))),
      delivered_by_time(received_by_time.size()), queue_all(options.queue_limits), queue_remote(options.queue_limits),
      delivery_all(options.delivery_limits), delivery_remote(options.delivery_limits),
      receipt_all(options.receipt_limits), pattern_counts(options.patterns.size())
{
}

void Traffic::take(std::string_view text)
{
    const auto line = mainlog::parse_line(text);
    if (!line)
        return;
    ++lines;
    const auto stamp = line->stamp.substr(0, 19);
    if (first.empty() || stamp < first)
        first = stamp;
    if (stamp > last)
        last = stamp;
    count_patterns(*line);
    switch (line->flag) {
    case mainlog::Flag::received: arrival(*line); break;
    case mainlog::Flag::delivered:
    case mainlog::Flag::further:
    case mainlog::Flag::cutthrough: delivery(*line); break;
    case mainlog::Flag::failed: failure(*line); break;
    case mainlog::Flag::deferred:
        if (const auto found = open_.find(std::string(line->id)); found != open_.end() && !found->second.is_delayed) {
            found->second.is_delayed = true;
            ++delayed;
        }
        break;
    case mainlog::Flag::completed: completion(*line); break;
    default:
        if (is_rejection(*line))
            rejection(*line);
    }
}

void Traffic::count_patterns(const mainlog::Line& line)
{
    for (std::size_t i = 0; i < options.patterns.size(); ++i)
        if (options.patterns[i].regex.matches(line.from_stamp).value_or(false))
            ++pattern_counts[i];
}

std::size_t Traffic::division_of(const mainlog::Line& line) const
{
    const auto two = [&](std::size_t place) {
        return static_cast<std::size_t>(number_of(line.stamp.substr(place, 2)));
    };
    const auto per_hour = static_cast<std::size_t>(std::max(options.divisions, 1));
    return std::min(two(11) * per_hour + two(14) * per_hour / 60, received_by_time.size() - 1);
}

void Traffic::arrival(const mainlog::Line& line)
{
    Message message;
    message.arrived = line.milliseconds;
    message.size = number_of(mainlog::field(line.text, "S=").value_or("0"));
    message.sender = line.text.substr(0, line.text.find(' '));
    const auto host = mainlog::host(line.text);
    std::string name = "local", domain = "localdomain";
    if (host && (!host->address.empty() || !host->name.empty())) {
        name = name_of(*host);
        domain = domain_of_host(name);
        message.relay_from = name + "[" + std::string(host->address) + "]";
    } else {
        local_senders[std::string(mainlog::field(line.text, "U=").value_or("unknown"))].add(message.size);
    }
    received.add(message.size);
    receiving_hosts.insert(name);
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
    const auto transport = std::string(mainlog::field(line.text, "T=").value_or(line.text.substr(0, line.text.find(' '))));
    if (options.hidden_transports && options.hidden_transports.matches(transport).value_or(false))
        return;
    const bool is_message = line.flag != mainlog::Flag::further;
    const auto own_size = mainlog::field(line.text, "S=");
    const auto size = own_size ? number_of(*own_size) : message.size;
    const auto address = std::string(line.text.substr(0, line.text.find(' ')));
    const auto host = mainlog::host(line.text);
    std::string name = "local", domain = "localdomain";
    if (host) {
        name = name_of(*host);
        domain = domain_of_host(name);
        if (found != open_.end())
            found->second.is_remote = true;
        if (is_message)
            count_relay(message, line, *host);
    } else {
        local_destinations[address].add(size, is_message);
    }
    delivering_hosts.insert(name);
    delivered.add(size, is_message);
    transports[transport].add(size, is_message);
    to[at(By::host)][name].add(size, is_message);
    to[at(By::domain)][domain].add(size, is_message);
    if (is_message) // the first recipient of a transaction stands for all
        to[at(By::email)][address].add(size);
    to[at(By::email_domain)][host ? email_domain(address) : std::string()].add(size, is_message);
    if (is_message)
        ++delivered_by_time[division_of(line)];
    if (const auto time = mainlog::field(line.text, "DT="); time && is_message) {
        delivery_all.add(seconds_of(*time));
        if (host)
            delivery_remote.add(seconds_of(*time));
    }
}

void Traffic::count_relay(const Message& message, const mainlog::Line& line, const mainlog::Host& host)
{
    if (!options.counts_relays || message.relay_from.empty())
        return;
    const auto key = message.relay_from + " " + (message.sender == "<>" ? "<>" : message.sender) + " \n      => " +
                     name_of(host) + "[" + std::string(host.address) + "] " +
                     std::string(line.text.substr(0, line.text.find(' ')));
    if (options.hidden_relays && options.hidden_relays.matches(key).value_or(false))
        return;
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
    if (found == open_.end())
        return;
    const auto& message = found->second;
    const auto seconds = static_cast<double>(line.milliseconds - message.arrived) / 1000;
    queue_all.add(seconds);
    if (message.is_remote)
        queue_remote.add(seconds);
    // The time from the first octet to the arrival line: the whole time in the queue less that since the arrival.
    if (const auto whole = mainlog::field(line.text, "QT="))
        receipt_all.add(std::max(0.0, seconds_of(*whole) - seconds));
    open_.erase(found);
}

void Traffic::rejection(const mainlog::Line& line)
{
    const bool is_temporary = line.text.find("temporarily rejected") != std::string_view::npos;
    const auto reason = reason_of(line.text);
    const auto host = address_in_brackets(line.text);
    ++(is_temporary ? temporarily_rejected : rejected);
    ++(is_temporary ? temporary_rejections : rejections)[reason];
    ++(is_temporary ? temporarily_rejected_hosts : rejected_hosts)[host];
}

}
