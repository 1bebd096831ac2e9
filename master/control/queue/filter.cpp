#include "master/control/queue/filter.h"

#include <algorithm>
#include <array>

#include "common/base/duration.h"
#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::control {
namespace {

constexpr std::array<std::string_view, 5> states = {"new", "waiting", "deferred", "active", "frozen"};

Status set_state(Filter& filter, const std::string& word)
{
    if (std::ranges::find(states, word) == states.end())
        return permanent("--state " + escape(word) + ": not one of new, waiting, deferred, active, frozen");
    filter.state = word;
    return {};
}

Result<std::int64_t> seconds_of(const std::string& word)
{
    return std::chrono::duration_cast<std::chrono::seconds>(TRY(parse_duration(word))).count();
}

Result<std::uint64_t> octets_of(const std::string& word)
{
    const auto size = TRY(parse_size(word));
    if (size < 0)
        return permanent("a size is not negative");
    return static_cast<std::uint64_t>(size);
}

// One row for each option that has a value.
struct Row {
    std::string_view name;
    Status (*set)(Filter& filter, const std::string& word);
};
template <auto Member, auto Read>
Status read_into(Filter& filter, const std::string& word)
{
    filter.*Member = TRY(Read(word));
    return {};
}
template <auto Member>
Status copy_into(Filter& filter, const std::string& word)
{
    filter.*Member = word;
    return {};
}

const Row rows[] = {
    {"--older", read_into<&Filter::older, seconds_of>},   {"--younger", read_into<&Filter::younger, seconds_of>},
    {"--larger", read_into<&Filter::larger, octets_of>},  {"--smaller", read_into<&Filter::smaller, octets_of>},
    {"--sender", copy_into<&Filter::sender>},             {"--recipient", copy_into<&Filter::recipient>},
    {"--host", copy_into<&Filter::host>},                 {"--queue", copy_into<&Filter::queue>},
    {"--state", set_state},
};

bool contains_nocase(std::string_view text, std::string_view part)
{
    return std::ranges::search(text, part, [](char a, char b) { return same_nocase({&a, 1}, {&b, 1}); }).begin() !=
               text.end() ||
           part.empty();
}

// The domain itself, or one below it.
bool is_in_domain(std::string_view address, std::string_view domain)
{
    const auto at = address.rfind('@');
    const auto host = at == address.npos ? address : address.substr(at + 1);
    if (host.size() <= domain.size())
        return same_nocase(host, domain);
    return same_nocase(host.substr(host.size() - domain.size()), domain) && host[host.size() - domain.size() - 1] == '.';
}

std::string_view state_of(const qmgr::Listed& message)
{
    if (message.frozen)
        return "frozen";
    if (message.active)
        return "active";
    return message.next_try == 0 && message.reason.empty() ? "new" : "deferred";
}

}

Result<Filter> Filter::take(std::vector<std::string>& words)
{
    Filter filter;
    for (auto word = words.begin(); word != words.end();) {
        if (*word == "--frozen" || *word == "--all") {
            (*word == "--all" ? filter.all = true : (filter.state = "frozen", true));
            word = words.erase(word);
            continue;
        }
        const auto row = std::ranges::find(rows, *word, &Row::name);
        if (row == std::end(rows)) {
            ++word;
            continue;
        }
        if (std::next(word) == words.end())
            return permanent(*word + " needs a value");
        if (auto set = row->set(filter, *std::next(word)); !set)
            return permanent(*word + ": " + set.error().text);
        word = words.erase(word, word + 2);
    }
    return filter;
}

bool Filter::is_empty() const
{
    return !older && !younger && !larger && !smaller && sender.empty() && recipient.empty() && host.empty() &&
           state.empty() && !queue && !all;
}

bool Filter::matches(const qmgr::Listed& message, std::int64_t now) const
{
    const auto age = now - message.received / 1'000'000;
    if ((older && age < *older) || (younger && age > *younger))
        return false;
    if ((larger && message.size < *larger) || (smaller && message.size > *smaller))
        return false;
    if (sender == "<>" ? !message.sender.empty() : !contains_nocase(message.sender, sender))
        return false;
    // What waits for its time is deferred, or new.
    const auto is = state_of(message);
    if (!state.empty() && is != state && !(state == "waiting" && (is == "new" || is == "deferred")))
        return false;
    if (queue && message.queue != *queue)
        return false;
    const auto any_open = [&](const auto& holds) {
        return std::ranges::any_of(message.recipients, [&](const auto& one) { return !one.done && holds(one.address); });
    };
    if (!recipient.empty() && !any_open([&](const auto& address) { return contains_nocase(address, recipient); }))
        return false;
    return host.empty() || contains_nocase(message.reason, host) ||
           any_open([&](const auto& address) { return is_in_domain(address, host); });
}

}
