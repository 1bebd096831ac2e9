#include "delivery/local/permits.h"

#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "common/process/identity.h"

namespace gp::local {
namespace {

using launcher::FilePermit;
using launcher::OptionPermit;
using launcher::TransportPermit;

// What router makes of its own for a reply: a filter's words, or what it found out. Files among them are known by the
// ticket, or by the transport's own option of that name.
constexpr std::array<std::string_view, 15> reply_options = {
    "to",   "cc",          "bcc",         "from",           "reply_to",  "subject",           "headers",       "text",
    "file_expand", "once_repeat", "return_message", "nobody", "full_name", "return_size_limit", "once_file_size",
};
constexpr std::array<std::string_view, 3> reply_files = {"file", "log", "once"};

bool contains(const auto& list, const auto& one)
{
    return std::ranges::find(list, one) != list.end();
}

bool leads_up(std::string_view path)
{
    return path.find("/../") != std::string_view::npos || path.ends_with("/..") || path.find('\0') != std::string_view::npos;
}

bool fits_any(const std::vector<std::string>& patterns, std::string_view text, const std::string& home)
{
    return std::ranges::any_of(patterns, [&](const auto& one) { return fits(one, text, home); });
}

Error no_transport(const router::Delivery& delivery, const std::string& why)
{
    return misconfigured("transport " + escape(delivery.transport) + ": " + why + ", so nothing is delivered");
}

Status check_words(const router::Delivery& delivery, std::string_view option, const std::vector<std::string>& patterns)
{
    std::size_t at = 0;
    for (const auto& one : delivery.options)
        if (one.name == option && (at >= patterns.size() || !fits(patterns[at++], one.value, {})))
            return no_transport(delivery, std::string(option) + " is not what the configuration has");
    // A transport filter that expands to nothing is none.
    return at == patterns.size() || at == 0 ? Status{} : no_transport(delivery, std::string(option) + " lacks words");
}

Status check_option(const router::Delivery& delivery, const router::Option& option, const TransportPermit& permit,
                    const std::string& home)
{
    const auto name = std::string_view(option.name);
    const bool is_reply = delivery.kind == "reply";
    if (name == "command" || name == "transport_filter")
        return {}; // word by word
    if ((name == "pipe_words" && delivery.kind == "pipe") || (name == "mode" && delivery.kind == "file"))
        return {};
    if (permit.driver == "autoreply" && (contains(reply_options, name) || (is_reply && contains(reply_files, name))))
        return {};
    const auto known = std::ranges::find(permit.options, name, &OptionPermit::name);
    if (known == permit.options.end())
        return no_transport(delivery, "the configuration has no option " + escape(name) + " for it");
    if (!fits_any(known->patterns, option.value, home) || (known->names_file && leads_up(option.value)))
        return no_transport(delivery, "its option " + escape(name) + " is not what the configuration has");
    return {};
}

Status check_made_by_redirection(const launcher::Parameters& parameters, const router::Delivery& delivery, bool has_ticket)
{
    if (delivery.kind.empty() || has_ticket || parameters.unticketed_all || contains(parameters.unticketed_uids, delivery.uid))
        return {};
    return no_transport(delivery, "uid " + std::to_string(delivery.uid) + " has not asked for this " + escape(delivery.kind) +
                                      " (its ticket is missing, or of an earlier launcher)");
}

}

std::string home_of(std::uint32_t uid)
{
    const auto user = process::find_user(uid_t{uid});
    auto home = user ? user->home : std::string{};
    while (home.size() > 1 && home.ends_with('/'))
        home.pop_back();
    return home;
}

bool fits(std::string_view pattern, std::string_view text, std::string_view home)
{
    if (pattern.starts_with(launcher::mark_home)) {
        if (home.empty() || !text.starts_with(home))
            return false;
        text.remove_prefix(home.size());
        pattern.remove_prefix(1);
    }
    // Which parts of the pattern may come next, octet by octet of the text.
    const auto is_mark = [](char c) { return c == launcher::mark_segment || c == launcher::mark_anything; };
    std::vector<bool> now(pattern.size() + 1), next;
    const auto skip_marks = [&](std::vector<bool>& open) {
        for (std::size_t i = 0; i < pattern.size(); ++i)
            if (open[i] && is_mark(pattern[i]))
                open[i + 1] = true;
    };
    now[0] = true;
    skip_marks(now);
    for (const char c : text) {
        next.assign(pattern.size() + 1, false);
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            if (!now[i])
                continue;
            if (pattern[i] == launcher::mark_anything || (pattern[i] == launcher::mark_segment && c != '/'))
                next[i] = true;
            else if (pattern[i] == c && !is_mark(c))
                next[i + 1] = true;
        }
        skip_marks(next);
        now.swap(next);
    }
    return now.back();
}

const FilePermit* permit_for(const launcher::Parameters& parameters, std::uint32_t uid, const std::string& path, bool interprets)
{
    if (!path.starts_with('/') || leads_up(path))
        return nullptr;
    const auto home = home_of(uid);
    for (const auto& permit : parameters.files)
        if ((permit.uid == launcher::any_uid || permit.uid == uid) && (permit.interprets || !interprets) &&
            fits(permit.pattern, path, home))
            return &permit;
    return nullptr;
}

Status check_delivery(const launcher::Parameters& parameters, const router::Delivery& delivery, bool has_ticket,
                      const std::string& home)
{
    const auto permit = std::ranges::find(parameters.transports, delivery.transport, &TransportPermit::name);
    if (permit == parameters.transports.end() || permit->driver != delivery.driver)
        return no_transport(delivery, "the configuration has no such transport");
    if (permit->uid != launcher::any_uid && permit->uid != delivery.uid)
        return no_transport(delivery, "it is for another user than uid " + std::to_string(delivery.uid));
    if (!delivery.environment.empty())
        return no_transport(delivery, "it has no environment of the message's own");
    TRY(check_made_by_redirection(parameters, delivery, has_ticket));
    for (const auto& option : delivery.options)
        TRY(check_option(delivery, option, *permit, home));
    for (const auto& option : permit->options)
        if (option.is_constant && std::ranges::find(delivery.options, option.name, &router::Option::name) == delivery.options.end())
            return no_transport(delivery, "its option " + option.name + " is missing");
    TRY(check_words(delivery, "command", permit->command));
    return check_words(delivery, "transport_filter", permit->filter);
}

}
