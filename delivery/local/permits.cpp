#include "delivery/local/permits.h"

#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "common/process/identity.h"
#include "router/spool_form_protocol.h"

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
constexpr std::array<std::string_view, 3> spool_form = {router::spool_envelope, router::first_delivery, "batch_max"};
constexpr std::array<std::string_view, 3> reply_files = {"file", "log", "once"};

std::string_view without_slashes(std::string_view home)
{
    while (home.ends_with('/'))
        home.remove_suffix(1);
    return home;
}

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

// The first is the program, whose folder is one that is written there.
bool fits_word(const std::vector<std::string>& patterns, std::size_t at, const std::string& word)
{
    const bool leaves = at == 0 && patterns[at] != word && leads_up(word);
    return fits(patterns[at], word, {}) && !leaves;
}

Status check_words(const router::Delivery& delivery, std::string_view option, const std::vector<std::string>& patterns)
{
    std::size_t at = 0;
    for (const auto& one : delivery.options)
        if (one.name == option && (at >= patterns.size() || !fits_word(patterns, at++, one.value)))
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
    // Words of a letter, to whom router says; what may be decided about it is the threshold.
    if (name == "quota_warn_message" && std::ranges::find(permit.options, "quota_warn_threshold", &OptionPermit::name) != permit.options.end())
        return {};
    // Where the message came from, which is written down and decides nothing.
    if (permit.driver == "queuefile" && contains(spool_form, name))
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

namespace {

// A login of somebody else's says nothing.
Result<process::User> user_of(const std::string& login, std::uint32_t uid)
{
    if (!login.empty())
        if (auto user = process::find_user(login); user && user->uid == uid)
            return user;
    return process::find_user(uid_t{uid});
}

}

std::string home_of(const std::string& login, std::uint32_t uid)
{
    const auto user = user_of(login, uid);
    return user ? user->home : std::string{};
}

Status check_groups(const launcher::Parameters& parameters, const std::string& login, std::uint32_t uid, std::uint32_t gid,
                    const std::vector<std::uint32_t>& groups)
{
    if (parameters.any_gid)
        return {};
    auto asked = groups;
    asked.push_back(gid);
    std::erase_if(asked, [&](std::uint32_t one) { return contains(parameters.also_gids, one); });
    const auto user = user_of(login, uid);
    if (user)
        std::erase(asked, user->gid);
    if (asked.empty())
        return {};
    if (user)
        if (const auto own = process::groups_of(user->name, user->gid))
            std::erase_if(asked, [&](std::uint32_t one) { return contains(*own, one); });
    if (asked.empty())
        return {};
    return temporary("gid " + std::to_string(asked.front()) + " is no group of uid " + std::to_string(uid) +
                     (login.empty() ? "" : " (" + escape(login) + ")") + " and none that the configuration names");
}

Status check_pam(const launcher::Parameters& parameters, bool changes_ids)
{
    if (!parameters.checks_by_pam)
        return misconfigured("no text of the configuration has the condition \"pam\", and pam_user is not set", Cause::refused);
    const bool is_root = parameters.pam_uid == 0 || parameters.pam_gid == 0 || contains(parameters.pam_gids, 0u);
    const bool is_nobody = parameters.pam_uid == launcher::any_uid || parameters.pam_gid == launcher::any_uid;
    if (changes_ids && (is_root || is_nobody || contains(parameters.never_uids, parameters.pam_uid)))
        return misconfigured("PAM is not asked as uid " + std::to_string(parameters.pam_uid) + ", gid " + std::to_string(parameters.pam_gid) +
                                 ": that is root, one of never_users, or not known; set pam_user",
                             Cause::refused);
    return {};
}

Status check_sasl(const launcher::Parameters& parameters, bool changes_ids)
{
    if (!parameters.judges_by_sasl)
        return misconfigured("no authenticator of the configuration has driver = cyrus_sasl", Cause::refused);
    const bool is_root = parameters.sasl_uid == 0 || parameters.sasl_gid == 0 || contains(parameters.sasl_gids, 0u);
    const bool is_nobody = parameters.sasl_uid == launcher::any_uid || parameters.sasl_gid == launcher::any_uid;
    if (changes_ids && (is_root || is_nobody || contains(parameters.never_uids, parameters.sasl_uid)))
        return misconfigured("Cyrus SASL is not run as uid " + std::to_string(parameters.sasl_uid) + ", gid " + std::to_string(parameters.sasl_gid) +
                                 ": that is root, one of never_users, or not known; set sasl_user",
                             Cause::refused);
    return {};
}

bool may_run(const launcher::Parameters& parameters, const launcher::ProgramQuestion& question)
{
    if (question.words.empty())
        return false;
    if (question.is_expansion)
        return question.directory.empty() && contains(parameters.programs, std::to_string(question.uid) + " " + question.words.front());
    return std::ranges::any_of(parameters.queries, [&](const launcher::ProgramPermit& permit) {
        return permit.uid == question.uid && permit.gid == question.gid && permit.directory == question.directory &&
               std::ranges::equal(permit.words, question.words, [](const auto& pattern, const auto& word) { return fits(pattern, word, {}); });
    });
}

bool fits(std::string_view pattern, std::string_view text, std::string_view home)
{
    if (pattern.starts_with(launcher::mark_home)) {
        if (home.empty() || !text.starts_with(without_slashes(home)))
            return false;
        text.remove_prefix(without_slashes(home).size());
        pattern.remove_prefix(1);
        // A home that ends in slashes has them before ours.
        while (text.starts_with("//") || (pattern.empty() && text == "/"))
            text.remove_prefix(1);
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

const launcher::FilterPermit* permit_to_filter(const launcher::Parameters& parameters, const launcher::FilterQuestion& question)
{
    const auto permit = std::ranges::find(parameters.filters, question.transport, &launcher::FilterPermit::transport);
    if (permit == parameters.filters.end() || question.words.empty() || question.words.size() != permit->words.size())
        return nullptr;
    for (std::size_t at = 0; at < question.words.size(); ++at)
        if (!fits_word(permit->words, at, question.words[at]))
            return nullptr;
    return &*permit;
}

namespace {

bool names(const FilePermit& permit, std::uint32_t uid, const std::string& path, const std::string& home)
{
    return path.starts_with('/') && !leads_up(path) && (permit.uid == launcher::any_uid || permit.uid == uid) &&
           fits(permit.pattern, path, home);
}

}

bool may_look_at(const launcher::Parameters& parameters, std::uint32_t uid, const std::string& path, const std::string& home)
{
    return std::ranges::any_of(parameters.files, [&](const FilePermit& permit) { return names(permit, uid, path, home); });
}

std::vector<const FilePermit*> permits_to_obey(const launcher::Parameters& parameters, std::uint32_t uid, const std::string& path,
                                               const std::string& home)
{
    std::vector<const FilePermit*> found;
    for (const auto& permit : parameters.files)
        if (permit.interprets && names(permit, uid, path, home))
            found.push_back(&permit);
    return found;
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
