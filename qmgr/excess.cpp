#include "qmgr/excess.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/base/text.h"

namespace gp::qmgr {
namespace {

constexpr std::string_view said_after = "SMTP error from remote mail server after ";

template <std::size_t N>
bool has_any(std::string_view text, const std::array<std::string_view, N>& words)
{
    return std::ranges::any_of(words, [&](auto word) { return find_nocase(text, word) != text.npos; });
}

// Amounts of other things, for which no pace of ours is a cure.
constexpr std::array<std::string_view, 11> other_things = {"recipient", "quota", "mailbox",     "storage",      "hop",    "space",
                                                           "size",      "errors", "bad command", "unknown user", "time limit"};
constexpr std::array<std::string_view, 15> too_much = {
    "too many",     "too much",     "too fast",  "too quick", "too frequent", "rate limit",       "rate-limit",          "ratelimit",
    "message rate", "sending rate", "throttl",   "slow down", "concurrent",   "connection limit", "exceeded the maximum"};
constexpr std::array<std::string_view, 4> of_connections = {"connection", "concurren", "simultaneous", "session"};

struct Said {
    std::string_view stage, reply; // "pipelined MAIL FROM:<a@b>", "450 4.7.1 …"
};

Said split(std::string_view text)
{
    const auto begin = text.find(said_after);
    if (begin == text.npos)
        return {};
    text.remove_prefix(begin + said_after.size());
    // The last one: an address in front of it may look like a reply.
    for (auto at = text.rfind(": 4"); at != text.npos; at = at > 0 ? text.rfind(": 4", at - 1) : text.npos) {
        const auto reply = text.substr(at + 2);
        if (reply.size() >= 3 && is_digit(reply[1]) && is_digit(reply[2]) && (reply.size() == 3 || !is_digit(reply[3])))
            return {text.substr(0, at), reply};
    }
    return {};
}

}

namespace {

// What the host repeats of ours, addresses above all, are not its words.
std::string without_echoes(std::string_view reply)
{
    std::string out;
    for (const auto word : gp::split(reply, ' '))
        if (word.find_first_of("@<>\"") == word.npos)
            out += std::string(word) + " ";
    return out;
}

}

Excess excess_in(std::string_view text)
{
    auto [stage, whole] = split(text);
    if (whole.empty())
        return {};
    const auto reply = without_echoes(whole);
    if (stage.starts_with("pipelined "))
        stage.remove_prefix(10);
    const bool is_said = has_any(reply, too_much) && !has_any(reply, other_things);
    const bool is_greeting = stage.starts_with("initial connection") || stage.starts_with("EHLO") || stage.starts_with("HELO");
    const bool is_of_connections = has_any(reply, of_connections);
    if (is_said)
        return {is_of_connections || is_greeting ? Excess::Of::connections : Excess::Of::messages, true};
    if (is_greeting)
        return {Excess::Of::connections, false};
    if (stage.starts_with("MAIL") || reply.starts_with("421"))
        return {Excess::Of::messages, false};
    return {};
}

}
