#include "router/chain.h"

#include <deque>
#include <set>

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "router/lasting.h"

namespace gp::router {

// One top-level address and all that comes of it.
struct Chain::Walk {
    const Occasion& occasion;
    Routed& routed;
    std::deque<std::shared_ptr<const Candidate>> waiting; // children that are still to be routed
    std::set<std::string> seen;                           // final addresses: no address twice (manual 3.10)
    std::size_t made = 0;
};

namespace {

Unrouted unrouted(Unrouted::Why why, const Candidate& candidate, std::string router, std::string text)
{
    Unrouted out;
    out.why = why;
    out.address = candidate.address;
    out.unique = candidate.address;
    out.router = std::move(router);
    out.text = std::move(text);
    if (candidate.errors_to)
        out.errors_to = candidate.errors_to->empty() ? "<>" : *candidate.errors_to;
    if (candidate.parent)
        out.parent = candidate.parent->address;
    return out;
}

// A router ignores an address with an ancestor of the same name that it handled itself (manual 3.10).
bool was_here(const Candidate& candidate, const std::string& router, bool repeat_use)
{
    for (const Candidate* at = candidate.parent.get(); at; at = at->parent.get())
        if (at->made_by == router && (!repeat_use || mail::same_address(at->address, candidate.address)))
            return true;
    return false;
}

Candidate top_candidate(std::string_view address, std::uint32_t index)
{
    Candidate candidate;
    candidate.address = address;
    candidate.local_part = mail::local_part_of(address);
    candidate.domain = lower(mail::domain_of(address));
    candidate.index = index;
    return candidate;
}

std::string unique_of(const Candidate& candidate)
{
    if (candidate.kind.empty())
        return candidate.address;
    return candidate.parent->address + ":" + candidate.address; // a pipe or file of somebody
}

}

Result<Chain> Chain::read(const Ground& ground, const Registry<RouterDriver>& drivers)
{
    Chain chain{ground};
    chain.transports_ = TRY(Transports::read(ground));
    const Lasting lasting{ground};
    for (const auto& instance : ground.configuration.routers) {
        const auto* driver = drivers.find(instance.driver);
        if (!driver)
            return misconfigured(instance.origin.text() + ": router " + instance.name + ": the driver " +
                                 escape(instance.driver) + " is not supported yet");
        Instance made;
        made.options = TRY(CommonOptions::read(ground, instance));
        made.driver = TRY(driver->make(ground, instance));
        if (instance.driver == "redirect") {
            made.check_ancestor = instance.settings.flag("check_ancestor");
            made.repeat_use = instance.settings.flag("repeat_use");
        }
        made.lists_last = lasting.are_lists(instance);
        made.lasts = made.lists_last && lasting.is_router(instance);
        chain.routers_.push_back(std::move(made));
    }
    for (const auto& instance : chain.routers_)
        for (const auto* name : {&instance.options.pass_router, &instance.options.redirect_router})
            if (!name->empty() && chain.position(*name) == chain.routers_.size())
                return misconfigured("router " + instance.options.name + ": there is no router " + escape(*name));
    return chain;
}

std::size_t Chain::position(std::string_view router) const
{
    const auto at = std::ranges::find_if(routers_, [&](const Instance& i) { return i.options.name == router; });
    return static_cast<std::size_t>(at - routers_.begin());
}

Routed Chain::route(std::string_view address, std::uint32_t index, const Occasion& occasion) const
{
    Routed routed;
    Walk state{.occasion = occasion, .routed = routed};
    state.waiting.push_back(std::make_shared<const Candidate>(top_candidate(address, index)));
    while (!state.waiting.empty()) {
        auto next = std::move(state.waiting.front());
        state.waiting.pop_front();
        walk(std::move(next), state);
    }
    return routed;
}

void Chain::walk(std::shared_ptr<const Candidate> candidate, Walk& walk) const
{
    if (!candidate->kind.empty())
        return deliver_child(candidate, walk);
    if (candidate->depth() > ground_->parameters.address_depth) {
        walk.routed.unrouted.push_back(unrouted(Unrouted::Why::failed, *candidate, candidate->parent->made_by,
                                                "too many redirections (address_depth)"));
        return;
    }
    std::size_t next = candidate->start_at.empty() ? 0 : position(candidate->start_at);
    while (next < routers_.size()) {
        const auto& instance = routers_[next++];
        if (was_here(*candidate, instance.options.name, instance.repeat_use))
            continue;
        if (ask(instance, candidate, walk, next))
            return;
    }
    // Nobody took it. A sender's verification says the same in other words, by its caller.
    walk.routed.unrouted.push_back(unrouted(Unrouted::Why::failed, *candidate, {}, "Unrouteable address"));
}

bool Chain::ask(const Instance& instance, const std::shared_ptr<const Candidate>& candidate, Walk& walk,
                std::size_t& next) const
{
    const auto& options = instance.options;
    expand::Scene scene = *walk.occasion.base;
    expand::Address address;
    Prepared prepared;
    address.router_name = options.name;
    scene.facts.set("address_data", candidate->address_data);
    for (const auto& variable : candidate->variables)
        scene.facts.set(variable.name, variable.tainted ? Text::from(variable.value, "$r_") : Text::clean(variable.value));

    auto applies = check_preconditions(options, *candidate, walk.occasion.purpose, walk.occasion.sender, scene, address,
                                       prepared);
    walk.routed.lasts &= prepared.past_lists ? instance.lasts : instance.lists_last;
    if (!applies) {
        walk.routed.lasts = false;
        walk.routed.unrouted.push_back(unrouted(Unrouted::Why::deferred, *candidate, options.name, applies.error().text));
        return true;
    }
    if (!*applies) {
        log::debug("route", options.name + " router skipped " + candidate->address + ": " + prepared.why_not);
        return false;
    }
    if (options.address_data) {
        auto data = options.address_data->expand(scene);
        if (!data && data.error().cause == Cause::forced_fail) // manual 15, address_data: the router declines
            return obey(instance, candidate, prepared, scene, Decision::declined(), walk, next);
        if (!data) {
            walk.routed.unrouted.push_back(unrouted(Unrouted::Why::deferred, *candidate, options.name,
                                                    "failed to expand address_data: " + data.error().text));
            return true;
        }
        scene.facts.set("address_data", *data);
    }
    const bool fails = (walk.occasion.purpose.kind == Purpose::Kind::verify_sender && options.fail_verify_sender) ||
                       (walk.occasion.purpose.kind == Purpose::Kind::verify_recipient && options.fail_verify_recipient);
    if (fails)
        return obey(instance, candidate, prepared, scene, Decision::failed("Unrouteable address"), walk, next);
    auto verdict = instance.driver->route({.candidate = *candidate,
                                           .scene = scene,
                                           .local_part = prepared.local_part,
                                           .verifying = walk.occasion.purpose.verifies(),
                                           .user = prepared.user});
    if (!verdict)
        verdict = verdict.error().blame == Blame::permanent ? Decision::failed(verdict.error().text)
                                                            : Decision::deferred(verdict.error().text);
    return obey(instance, candidate, prepared, scene, std::move(verdict).take(), walk, next);
}

namespace {

bool decide(const std::optional<expand::Expression>& expression, bool initial, expand::Scene& scene)
{
    if (!expression)
        return initial;
    const auto words = expression->expand(scene);
    return words ? expand::is_true(words->text) : initial;
}

}

bool Chain::obey(const Instance& instance, const std::shared_ptr<const Candidate>& candidate, const Prepared& prepared,
                 expand::Scene& scene, Decision verdict, Walk& walk, std::size_t& next) const
{
    using Kind = Decision::Kind;
    const auto& options = instance.options;
    auto settle = [&](Unrouted::Why why, std::string text, bool freeze = false) {
        auto out = unrouted(why, *candidate, options.name, std::move(text));
        out.freeze = freeze;
        if (options.retry_use_local_part)
            out.retry_key = "R:" + candidate->address;
        walk.routed.unrouted.push_back(std::move(out));
    };
    switch (verdict.kind) {
    case Kind::declined:
        if (decide(options.more, options.more_default, scene))
            return false;
        settle(Unrouted::Why::failed, "Unrouteable address");
        if (options.cannot_route_message)
            if (auto words = options.cannot_route_message->expand(scene); words && !words->empty())
                walk.routed.unrouted.back().text = words->text;
        return true;
    case Kind::passed:
        if (!options.pass_router.empty())
            next = position(options.pass_router);
        return false;
    case Kind::failed:
        settle(Unrouted::Why::failed, std::move(verdict.text), verdict.freeze);
        return true;
    case Kind::deferred:
        walk.routed.lasts = false;
        settle(Unrouted::Why::deferred, std::move(verdict.text), verdict.freeze);
        return true;
    case Kind::discarded:
        settle(Unrouted::Why::discarded, std::move(verdict.text));
        break;
    case Kind::accepted:
        if (auto accepted = accept(instance, *candidate, prepared, scene, verdict, walk); !accepted) {
            walk.routed.lasts = false;
            settle(Unrouted::Why::deferred, accepted.error().text);
            return true;
        }
        break;
    case Kind::redirected: {
        auto inherited = inherit(instance, *candidate, prepared, scene);
        if (!inherited) {
            settle(Unrouted::Why::deferred, inherited.error().text);
            return true;
        }
        redirect(instance, candidate, *inherited, std::move(verdict.children), walk);
        break;
    }
    }
    // unseen: a copy goes on to the following routers (manual 15).
    return !decide(options.unseen, options.unseen_default, scene);
}

// What this router's generic options add to an address, for its delivery or for its children.
Result<Candidate> Chain::inherit(const Instance& instance, const Candidate& candidate, const Prepared& prepared,
                                 expand::Scene& scene) const
{
    const auto& options = instance.options;
    Candidate out = candidate;
    if (options.errors_to) {
        auto words = options.errors_to->expand(scene);
        if (!words && words.error().cause != Cause::forced_fail)
            return temporary("failed to expand errors_to: " + words.error().text);
        if (words)
            out.errors_to = std::string(trim(words->text)) == "<>" ? std::string{} : std::string(trim(words->text));
    }
    if (options.headers_add) {
        auto words = options.headers_add->expand(scene);
        if (!words && words.error().cause != Cause::forced_fail)
            return temporary("failed to expand headers_add: " + words.error().text);
        if (words && !words->empty())
            out.headers_add += words->text + (words->text.ends_with('\n') ? "" : "\n");
    }
    if (options.headers_remove) {
        auto words = options.headers_remove->expand(scene);
        if (!words && words.error().cause != Cause::forced_fail)
            return temporary("failed to expand headers_remove: " + words.error().text);
        if (words)
            for (auto& name : config::split_list(words->text))
                out.headers_remove.push_back(std::move(name));
    }
    for (const auto& [name, expression] : options.set) {
        auto words = expression.expand(scene);
        if (!words && words.error().cause == Cause::forced_fail)
            continue;
        if (!words)
            return temporary("failed to expand " + name + ": " + words.error().text);
        out.variables.push_back({name, words->text, words->tainted()});
    }
    if (const auto* data = scene.find_fact("address_data"))
        out.address_data = *data;
    out.dsn_lasthop |= options.dsn_lasthop;
    out.user = prepared.user;
    out.home = prepared.home;
    out.initgroups = options.initgroups;
    if (options.user) {
        auto words = options.user->expand(scene);
        if (!words)
            return temporary("failed to expand user: " + words.error().text);
        if (words->tainted())
            return misconfigured("user \"" + escape(words->text) + "\" is tainted (" + std::string(words->taint) + ")");
        out.user = TRY(user_named(words->text));
    }
    if (options.group) {
        auto words = options.group->expand(scene);
        if (!words)
            return temporary("failed to expand group: " + words.error().text);
        out.gid = find_group(std::string(trim(words->text)));
        if (!out.gid)
            return misconfigured("group \"" + escape(words->text) + "\" was not found");
    }
    for (const auto& [expression, member] : {std::pair{&options.transport_home_directory, &out.home},
                                             std::pair{&options.transport_current_directory, &out.current_directory}}) {
        if (!*expression)
            continue;
        auto words = (*expression)->expand(scene);
        if (!words && words.error().cause != Cause::forced_fail)
            return temporary("failed to expand a directory: " + words.error().text);
        if (words)
            *member = words->text;
    }
    return out;
}

Status Chain::accept(const Instance& instance, const Candidate& candidate, const Prepared& prepared,
                     expand::Scene& scene, const Decision& verdict, Walk& walk) const
{
    const auto inherited = TRY(inherit(instance, candidate, prepared, scene));
    walk.routed.address_data = inherited.address_data;
    Delivery delivery;
    delivery.address = candidate.address;
    delivery.unique = unique_of(candidate);
    delivery.router = instance.options.name;
    delivery.local_part = prepared.local_part;
    delivery.domain = candidate.domain;
    delivery.prefix = prepared.prefix;
    delivery.suffix = prepared.suffix;
    delivery.parent = candidate.parent ? candidate.parent->address : std::string{};
    delivery.hosts = verdict.hosts;
    delivery.home = inherited.home;
    delivery.current_directory = inherited.current_directory;
    delivery.dsn_lasthop = inherited.dsn_lasthop;
    delivery.return_path = inherited.errors_to ? (inherited.errors_to->empty() ? "<>" : *inherited.errors_to) : std::string{};
    std::string transport = verdict.transport;
    if (transport.empty() && instance.options.transport) {
        auto words = instance.options.transport->expand(scene);
        if (!words)
            return temporary("failed to expand transport: " + words.error().text);
        if (words->tainted())
            return misconfigured("transport \"" + escape(words->text) + "\" is tainted (" + std::string(words->taint) + ")");
        transport = words->text;
    }
    if (walk.occasion.purpose.verifies() && transport.empty()) { // good enough to verify (manual 15, transport)
        walk.routed.deliveries.push_back(std::move(delivery));
        return {};
    }
    if (transport.empty())
        return misconfigured("router " + instance.options.name + " accepted the address and has no transport");
    // The scene's address is a const view of ours: the transport's expansions see its name.
    TRY(transports_.fill(transport, inherited, inherited.user, scene, delivery));
    walk.routed.lasts &= transports_.lasts(transport);
    if (walk.seen.insert(delivery.unique + "\n" + delivery.transport).second)
        walk.routed.deliveries.push_back(std::move(delivery));
    return {};
}

void Chain::redirect(const Instance& instance, const std::shared_ptr<const Candidate>& candidate,
                     const Candidate& inherited, std::vector<Candidate> children, Walk& walk) const
{
    auto parent = std::make_shared<Candidate>(*candidate);
    parent->made_by = instance.options.name;
    for (auto& child : children) {
        if (++walk.made > ground_->parameters.addresses_max) {
            walk.routed.unrouted.push_back(unrouted(Unrouted::Why::deferred, *candidate, instance.options.name,
                                                    "more addresses than addresses_max allows"));
            return;
        }
        child.index = candidate->index;
        child.parent = parent;
        child.errors_to = inherited.errors_to;
        child.headers_add = inherited.headers_add;
        child.headers_remove = inherited.headers_remove;
        child.variables = inherited.variables;
        child.address_data = inherited.address_data;
        child.start_at = instance.options.redirect_router;
        if (!child.kind.empty()) {
            child.user = inherited.user;
            child.gid = inherited.gid;
            child.initgroups = inherited.initgroups;
            child.home = inherited.home;
            child.current_directory = inherited.current_directory;
        }
        // check_ancestor: an ancestor's name stands for this address itself (manual 22, check_ancestor).
        bool is_ancestor = false;
        for (const Candidate* at = parent.get(); instance.check_ancestor && at; at = at->parent.get())
            is_ancestor |= mail::same_address(at->address, child.address);
        if (is_ancestor) {
            child.address = candidate->address;
            child.local_part = candidate->local_part;
            child.domain = candidate->domain;
        }
        const std::string key = child.kind + "\n" + unique_of(child);
        if (walk.seen.insert("child\n" + key).second)
            walk.waiting.push_back(std::make_shared<const Candidate>(std::move(child)));
    }
}

// A pipe or a file has its transport already.
void Chain::deliver_child(const std::shared_ptr<const Candidate>& candidate, Walk& walk) const
{
    expand::Scene scene = *walk.occasion.base;
    expand::Address address;
    const auto& parent = *candidate->parent;
    address.local_part = parent.local_part;
    address.domain = parent.domain;
    address.original_local_part = candidate->top().local_part;
    address.original_domain = candidate->top().domain;
    address.home = candidate->home;
    address.transport_name = candidate->transport;
    if (candidate->kind == "pipe")
        address.address_pipe = candidate->address;
    else
        address.address_file = candidate->address;
    scene.address = &address;
    Delivery delivery;
    delivery.address = candidate->address;
    delivery.unique = unique_of(*candidate);
    delivery.router = parent.made_by;
    delivery.kind = candidate->kind;
    delivery.local_part = parent.local_part;
    delivery.domain = parent.domain;
    delivery.parent = parent.address;
    delivery.home = candidate->home;
    delivery.current_directory = candidate->current_directory;
    delivery.return_path = candidate->errors_to ? (candidate->errors_to->empty() ? "<>" : *candidate->errors_to)
                                                : std::string{};
    auto filled = transports_.fill(candidate->transport, *candidate, candidate->user, scene, delivery);
    if (filled)
        walk.routed.deliveries.push_back(std::move(delivery));
    else
        walk.routed.unrouted.push_back(
            unrouted(Unrouted::Why::deferred, *candidate, parent.made_by, filled.error().text));
}

}
