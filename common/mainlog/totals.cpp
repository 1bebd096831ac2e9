#include "common/mainlog/totals.h"

#include <algorithm>
#include <array>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/mainlog/line.h"

namespace gp::mainlog {
namespace {

struct Sign {
    std::string_view sign, outcome;
};
constexpr Sign signs[] = {{"=>", "delivered"}, {"->", "delivered"}, {">>", "cut_through"},
                          {"*>", "pretended"}, {"==", "deferred"},  {"**", "failed"}};

// Upper bounds in seconds, and as they are written.
struct Bucket {
    std::int64_t milliseconds;
    std::string_view le;
};
constexpr Bucket buckets[] = {{1'000, "1"},         {5'000, "5"},         {30'000, "30"},       {60'000, "60"},
                              {300'000, "300"},     {1'800'000, "1800"},  {3'600'000, "3600"},  {14'400'000, "14400"},
                              {86'400'000, "86400"}, {432'000'000, "432000"}};

constexpr int id_time = 6; // base-62 digits in front: seconds since 1970

bool is_id(std::string_view word)
{
    const auto is_alnum = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    if ((word.size() != 16 && word.size() != 23) || word[6] != '-')
        return false;
    return std::ranges::all_of(word, [&](char c) { return c == '-' || is_alnum(c); });
}

std::int64_t seconds_of(std::string_view id)
{
    std::int64_t seconds = 0;
    for (const char c : id.substr(0, id_time))
        seconds = seconds * 62 + (c <= '9' ? c - '0' : c <= 'Z' ? c - 'A' + 10 : c - 'a' + 36);
    return seconds;
}

// The value of "T=value" and the like, also before an error's colon.
std::string_view value_of(std::string_view line, std::string_view key)
{
    const auto value = field(line, key).value_or("");
    return value.substr(0, value.find_first_of(":\n"));
}

bool has_field(std::string_view line, std::string_view key)
{
    return field_place(line, key) != std::string_view::npos;
}

bool is_code(std::string_view text)
{
    return text.size() >= 3 && text[0] >= '2' && text[0] <= '5' && std::isdigit(static_cast<unsigned char>(text[1])) &&
           std::isdigit(static_cast<unsigned char>(text[2])) && (text.size() == 3 || text[3] == ' ' || text[3] == '-');
}

// The first digit of what the other host answered; "none": it was not asked, or did not answer.
std::string_view reply_class(std::string_view rest)
{
    static constexpr std::string_view classes[] = {"2xx", "3xx", "4xx", "5xx"};
    const auto of = [](std::string_view text) { return classes[text[0] - '2']; };
    if (const auto confirmed = rest.find(" C=\""); confirmed != std::string_view::npos && is_code(rest.substr(confirmed + 4)))
        return of(rest.substr(confirmed + 4));
    for (auto at = rest.find(": "); at != std::string_view::npos; at = rest.find(": ", at + 1))
        if (is_code(rest.substr(at + 2)))
            return of(rest.substr(at + 2));
    return "none";
}

// What may stand in a label without being escaped.
bool is_plain(std::string_view name)
{
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
    });
}

std::string key_of(std::string_view family, std::string_view label, std::string_view value)
{
    std::string key(family);
    if (!label.empty())
        key.append("{").append(label).append("=\"").append(value).append("\"}");
    return key;
}

}

// What is always shown, though nothing was counted.
Totals::Totals()
{
    for (const char* name : {"messages_received_total", "messages_completed_total", "rejections_total"})
        numbers_[name] = 0;
    for (const char* outcome : {"delivered", "discarded", "cut_through", "pretended", "deferred", "failed"})
        numbers_[key_of("addresses_total", "outcome", outcome)] = 0;
    for (const char* direction : {"in", "out"})
        numbers_[key_of("tls_messages_total", "direction", direction)] = 0;
}

void Totals::add(std::string_view family, std::string_view label, std::string_view value)
{
    auto key = key_of(family, label, value);
    if (const auto at = numbers_.find(key); at != numbers_.end()) {
        ++at->second;
        return;
    }
    if (numbers_.size() >= most)
        key = key_of(family, label, "other");
    ++numbers_[key];
}

void Totals::add_time(std::string_view family, std::string_view id, std::int64_t when)
{
    const auto taken = std::max<std::int64_t>(0, when / 1000 - seconds_of(id) * 1000);
    const std::string name(family);
    for (const auto& bucket : buckets)
        numbers_[key_of(name + "_bucket", "le", bucket.le)] += taken <= bucket.milliseconds;
    ++numbers_[key_of(name + "_bucket", "le", "+Inf")];
    numbers_[name + "_sum"] += static_cast<std::uint64_t>(taken);
    ++numbers_[name + "_count"];
}

void Totals::count_outcome(std::string_view sign, std::string_view id, std::string_view rest, std::int64_t when)
{
    const auto known = std::ranges::find(signs, sign, &Sign::sign);
    if (known == std::end(signs))
        return;
    auto outcome = known->outcome;
    if (sign == "=>" && rest.starts_with(":blackhole:"))
        outcome = "discarded";
    add("addresses_total", "outcome", outcome);
    const auto transport = value_of(rest, "T=");
    if (!transport.empty()) {
        const auto family = "transport_" + std::string(outcome) + "_total";
        add(family, "transport", is_plain(transport) ? transport : "other");
    }
    if (has_field(rest, "H="))
        add("replies_total", "class", reply_class(rest));
    if (outcome != "delivered" && outcome != "cut_through")
        return;
    if (has_field(rest, "X="))
        add("tls_messages_total", "direction", "out");
    add_time("delivery_seconds", id, when);
}

void Totals::count(std::string_view line, std::int64_t when)
{
    const auto end_of_id = line.find(' ');
    const auto id = line.substr(0, end_of_id);
    if (end_of_id == std::string_view::npos || !is_id(id)) {
        if (line.find(" rejected ") != std::string_view::npos)
            add("rejections_total");
        return;
    }
    const auto rest = line.substr(end_of_id + 1);
    if (rest.starts_with("<= ")) {
        add("messages_received_total");
        if (has_field(rest, "X="))
            add("tls_messages_total", "direction", "in");
        return;
    }
    if (rest == "Completed" || rest.starts_with("Completed ")) {
        add("messages_completed_total");
        return add_time("message_seconds", id, when);
    }
    if (rest.size() > 3 && rest[2] == ' ')
        return count_outcome(rest.substr(0, 2), id, rest.substr(3), when);
    if (rest.find(" rejected ") != std::string_view::npos)
        add("rejections_total");
}

std::string Totals::text() const
{
    std::string out;
    for (const auto& [name, value] : numbers_)
        out += name + " " + std::to_string(value) + "\n";
    return out;
}

void Totals::read(std::string_view text)
{
    for (const auto line : split(text, '\n')) {
        const auto blank = line.rfind(' ');
        if (blank == std::string_view::npos || blank == 0)
            continue;
        if (const auto value = parse_unsigned(line.substr(blank + 1)); value && numbers_.size() < 2 * most)
            numbers_[std::string(line.substr(0, blank))] = *value;
    }
}

std::uint64_t Totals::operator[](const std::string& name) const
{
    const auto at = numbers_.find(name);
    return at == numbers_.end() ? 0 : at->second;
}

}
