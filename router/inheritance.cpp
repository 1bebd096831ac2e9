// What an address takes from the router that settles it, for its delivery or for its children: the generic options
// errors_to, headers_*, user and group, directories, translate_ip_address (manual 15).

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "router/host_finder.h"
#include "router/walk.h"

namespace gp::router {

// errors_to counts only if it verifies (manual 15); while verifying, nobody gets a report.
Status Chain::set_errors_to(const Instance& instance, Candidate& out, Stage& stage, Walk& walk) const
{
    if (!instance.options.errors_to)
        return {};
    auto words = instance.options.errors_to->expand(stage.scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return {};
    if (!words)
        return temporary(instance.options.name + " router failed to expand \"" + instance.options.errors_to->source() + "\": " +
                         words.error().text);
    std::string address(trim(words->text));
    if (address == "<>")
        address.clear();
    if (walk.occasion.purpose.verifies() || address.empty()) {
        out.errors_to = address;
        return {};
    }
    if (mail::domain_of(address).empty())
        address += "@" + ground_->world.site.qualify_recipient;
    const Occasion occasion{.sender = {}, .purpose = {Purpose::Kind::verify_recipient}, .base = walk.occasion.base};
    const auto verified = route(address, 0, occasion);
    walk.routed.lasts &= verified.lasts;
    const bool failed = std::ranges::any_of(verified.unrouted, [](const Unrouted& one) {
        return one.why != Unrouted::Why::discarded;
    });
    if (failed && verified.deliveries.size() + verified.unrouted.size() < 2)
        log::debug("route", "errors_to " + address + " does not verify and is ignored");
    else
        out.errors_to = address;
    return {};
}

Status Chain::set_headers(const Instance& instance, Candidate& out, Stage& stage) const
{
    for (const auto& item : instance.options.headers_add) {
        auto words = item.expand(stage.scene);
        if (!words && words.error().cause == Cause::forced_fail)
            continue;
        if (!words)
            return temporary(instance.options.name + " router failed to expand add_headers item \"" + item.source() + "\": " + words.error().text);
        if (!trim(words->text).empty())
            out.headers_add += words->text + (words->text.ends_with('\n') ? "" : "\n");
    }
    for (const auto& item : instance.options.headers_remove) {
        auto words = item.expand(stage.scene);
        if (!words && words.error().cause == Cause::forced_fail)
            continue;
        if (!words)
            return temporary(instance.options.name + " router failed to expand remove_headers item \"" + item.source() + "\": " + words.error().text);
        if (!trim(words->text).empty())
            out.headers_remove.emplace_back(trim(words->text));
    }
    return {};
}

// Whom a local delivery becomes, and where it lives (manual 23).
Status Chain::set_owner(const Instance& instance, Candidate& out, Stage& stage) const
{
    const auto& options = instance.options;
    const auto& prepared = stage.prepared;
    out.user = prepared.user;
    out.home = prepared.user ? prepared.user->home : prepared.home;
    out.home_taint = prepared.user ? std::string_view{} : prepared.home_taint;
    out.initgroups = options.initgroups;
    if (options.user) {
        auto words = options.user->expand(stage.scene);
        if (!words)
            return temporary("Failed to expand user string \"" + options.user->source() + "\" for the " + options.name + " router: " + words.error().text);
        if (words->tainted())
            return misconfigured("user \"" + escape(words->text) + "\" is tainted (" + std::string(words->taint) + ")");
        out.user = TRY(user_named(words->text));
    }
    if (options.group) {
        auto words = options.group->expand(stage.scene);
        if (!words)
            return temporary("Failed to expand group string \"" + options.group->source() + "\" for the " + options.name + " router: " + words.error().text);
        out.gid = group_named(words->text);
        if (!out.gid)
            return misconfigured("group \"" + escape(words->text) + "\" was not found");
    }
    return {};
}

// Where it is delivered; nobody asks for it who only wants to know who takes the address.
Status Chain::set_directories(const Instance& instance, Candidate& out, Stage& stage)
{
    const auto& options = instance.options;
    for (const auto& [expression, member] : {std::pair{&options.transport_home_directory, &out.home},
                                             std::pair{&options.transport_current_directory, &out.current_directory}}) {
        if (!*expression)
            continue;
        auto words = (*expression)->expand(stage.scene);
        if (!words)
            return temporary("failed to expand \"" + (*expression)->source() + "\" for a directory: " + words.error().text);
        *member = words->text;
        if (member == &out.home)
            out.home_taint = words->taint;
    }
    return {};
}

// As whom it reads a user's file: `user` and `group`, or the user of check_local_user (manual 15, user).
Result<std::optional<UserIds>> Chain::reader_for(const Instance& instance, Stage& stage) const
{
    Candidate owner;
    TRY(set_owner(instance, owner, stage));
    if (!owner.user)
        return std::optional<UserIds>{};
    UserIds ids{owner.user->uid, owner.gid.value_or(owner.user->gid), {}, owner.user->login};
    if (owner.initgroups)
        ids.groups = groups_of_user(owner.user->login, ids.gid);
    return std::optional{std::move(ids)};
}

// What this router's generic options add to an address, for its delivery or for its children.
Result<Candidate> Chain::inherit(const Instance& instance, const Candidate& candidate, Stage& stage, Walk& walk) const
{
    Candidate out = candidate;
    TRY(set_errors_to(instance, out, stage, walk));
    if (!walk.occasion.purpose.verifies())
        TRY(set_headers(instance, out, stage));
    out.dsn_lasthop |= instance.options.dsn_lasthop;
    TRY(set_owner(instance, out, stage));
    if (!walk.occasion.purpose.only_asks())
        TRY(set_directories(instance, out, stage));
    return out;
}

// translate_ip_address: other addresses for those that the router found (manual 15).
Status Chain::translate(const Instance& instance, Stage& stage, std::vector<Host>& hosts) const
{
    if (!instance.options.translate_ip_address)
        return {};
    for (auto& host : hosts) {
        std::vector<std::string> translated;
        for (auto& text : host.addresses) {
            stage.address.host_address = text;
            auto words = instance.options.translate_ip_address->expand(stage.scene);
            stage.address.host_address = {};
            if (!words && words.error().cause != Cause::forced_fail)
                return temporary("failed to expand \"" + instance.options.translate_ip_address->source() +
                                 "\" for translate_ip_address: " + words.error().text);
            if (!words || net::Address::parse(trim(words->text))) {
                translated.push_back(words ? std::string(trim(words->text)) : std::move(text));
                continue;
            }
            std::vector<Host> found;
            const HostFinder finder{*ground_, stage.scene};
            if (TRY(finder.add({.name = std::string(trim(words->text))}, {.stop_at_self = false}, found)) == HostFound::no)
                return temporary("host lookup for " + words->text + " (translate_ip_address) failed");
            for (auto& one : found)
                translated.insert(translated.end(), one.addresses.begin(), one.addresses.end());
        }
        host.addresses = std::move(translated);
    }
    return {};
}

}
