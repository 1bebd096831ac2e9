#include "common/acl/verify_options.h"

#include <array>

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
    } else if (const auto equals = option.find('='); equals != std::string_view::npos && trim(option.substr(0, equals)) == "callout") {
        auto& wish = callout_of(into);
        for (const auto piece : split(option.substr(equals + 1), ','))
            TRY(read_callout_option(trim(piece), what, wish));
    } else {
        return misconfigured("verify option \"" + escape(option) + "\" is not supported by this version yet");
    }
    return {};
}

}
