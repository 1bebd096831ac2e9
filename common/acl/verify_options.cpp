#include "common/acl/verify_options.h"

#include <array>
#include <optional>
#include <vector>

#include "common/base/text.h"

namespace gp::acl {
namespace {

struct FlagWord {
    std::string_view name;
    bool CalloutWish::* member;
    std::string_view only_for = {}; // what is verified
};
struct TimeWord {
    std::string_view name;
    Duration CalloutWish::* member;
};

// clang-format off
constexpr std::array flags = {
    FlagWord{"defer_ok",       &CalloutWish::defer_ok},
    FlagWord{"no_cache",       &CalloutWish::no_cache},
    FlagWord{"random",         &CalloutWish::random},
    FlagWord{"use_sender",     &CalloutWish::use_sender,     "recipient"},
    FlagWord{"use_postmaster", &CalloutWish::use_postmaster, "recipient"},
    FlagWord{"use_tptsender",  &CalloutWish::use_transports_sender, "recipient"},
    FlagWord{"hold",           &CalloutWish::hold,           "recipient"},
};
constexpr std::array times = {
    TimeWord{"connect", &CalloutWish::connect},
    TimeWord{"maxwait", &CalloutWish::maxwait},
};
// clang-format on

// Manual 44.26: of these no option changes anything.
constexpr std::string_view without_options[] = {"certificate", "csa", "helo", "header_syntax", "header_names_ascii"};

Error bad(std::string_view option, const std::string& why)
{
    return misconfigured("callout option \"" + escape(option) + "\" " + why);
}

Result<Duration> time_of(std::string_view option, std::string_view text)
{
    auto time = parse_duration(trim(text));
    if (!time || *time <= Duration{0})
        return bad(option, "is no time that it may have");
    return time;
}

// "name=value": what has a value.
Status read_valued(std::string_view option, std::string_view name, std::string_view value, std::string_view what, CalloutWish& into)
{
    for (const auto& word : times)
        if (word.name == name) {
            into.*(word.member) = TRY(time_of(option, value));
            return {};
        }
    if (name == "postmaster_mailfrom") {
        into.postmaster_sender = value;
        return {};
    }
    if (name != "mailfrom")
        return bad(option, "is unknown");
    if (what != "header_sender")
        return bad(option, "is for header_sender alone");
    into.header_sender = value;
    return {};
}

Status read_callout_option(std::string_view option, std::string_view what, CalloutWish& into)
{
    if (option.empty())
        return {};
    if (const auto equals = option.find('='); equals != std::string_view::npos)
        return read_valued(option, trim(option.substr(0, equals)), trim(option.substr(equals + 1)), what, into);
    for (const auto& word : flags)
        if (word.name == option) {
            if (!word.only_for.empty() && word.only_for != what)
                return bad(option, "is for " + std::string(word.only_for) + " alone");
            into.*(word.member) = true;
            return {};
        }
    if (option == "postmaster" || option == "fullpostmaster") {
        into.postmaster_sender = "";
        into.bare_postmaster = option == "fullpostmaster";
        return {};
    }
    if (option.front() < '0' || option.front() > '9')
        return bad(option, "is unknown");
    into.timeout = TRY(time_of(option, option));
    return {};
}

// "cachepos=5m", "cacheneg=1h", "no_cache".
Status read_quota_option(std::string_view option, QuotaWish& into)
{
    if (option == "no_cache") {
        into = {.cache_good = Duration{0}, .cache_bad = Duration{0}};
        return {};
    }
    const auto equals = option.find('=');
    const auto name = trim(option.substr(0, equals));
    if (equals == std::string_view::npos || (name != "cachepos" && name != "cacheneg"))
        return misconfigured("quota option \"" + escape(option) + "\" is none of cachepos=TIME, cacheneg=TIME, no_cache");
    const auto time = parse_duration(trim(option.substr(equals + 1)));
    if (!time)
        return misconfigured("quota option \"" + escape(option) + "\" is no time");
    (name == "cachepos" ? into.cache_good : into.cache_bad) = *time;
    return {};
}

// The "a=b,c" behind a verify option of this name; nothing when it is another option.
std::optional<std::vector<std::string_view>> options_of(std::string_view option, std::string_view name)
{
    const auto equals = option.find('=');
    if (equals == std::string_view::npos || trim(option.substr(0, equals)) != name)
        return std::nullopt;
    auto pieces = split(option.substr(equals + 1), ',');
    for (auto& piece : pieces)
        piece = trim(piece);
    return pieces;
}

CalloutWish& callout_of(VerifyOptions& options)
{
    return options.callout ? *options.callout : options.callout.emplace();
}

}

Status read_verify_option(std::string_view option, std::string_view what, VerifyOptions& into)
{
    for (const auto word : without_options)
        if (word == what)
            return misconfigured("unexpected '/' found in \"" + std::string(what) + "/" + escape(option) + "\" (this verify item has no options)");
    if (option == "defer_ok") {
        into.defer_ok = true;
        return {};
    }
    if (option == "case_insensitive" && what == "not_blind") {
        into.case_insensitive = true;
        return {};
    }
    const bool routes = what == "sender" || what == "recipient" || what == "header_sender";
    if (!routes)
        return misconfigured("verify option \"" + escape(option) + "\" is not for " + std::string(what));
    if (option == "no_details") {
        into.no_details = true;
    } else if (option == "success_on_redirect") {
        into.success_on_redirect = true;
    } else if (option == "callout_defer_ok") { // the old syntax (manual 44.47)
        callout_of(into).defer_ok = true;
    } else if (option == "check_postmaster") {
        callout_of(into).postmaster_sender = "";
    } else if (option == "callout") {
        callout_of(into);
    } else if (const auto wishes = options_of(option, "callout")) {
        auto& wish = callout_of(into);
        for (const auto piece : *wishes)
            TRY(read_callout_option(piece, what, wish));
    } else if (const auto periods = options_of(option, "quota"); option == "quota" || periods) {
        if (what != "recipient")
            return misconfigured("verify option \"quota\" is for recipient alone");
        auto& wish = into.quota.emplace();
        for (const auto piece : periods.value_or(std::vector<std::string_view>{}))
            TRY(read_quota_option(piece, wish));
    } else {
        const auto near = nearest(option.substr(0, option.find('=')),
                                  {"defer_ok", "no_details", "success_on_redirect", "callout", "callout_defer_ok", "check_postmaster", "quota"});
        return misconfigured("verify option \"" + escape(option) + "\" is unknown" +
                             (near.empty() ? "" : " (did you mean \"" + std::string(near) + "\"?)"));
    }
    return {};
}

}
