#include "router/chain.h"

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "router/ancestors.h"
#include "router/host_finder.h"
#include "router/lasting.h"
#include "router/marks_protocol.h"
#include "router/percent_hack.h"
#include "router/walk.h"

namespace gp::router {
namespace {

// A router ignores an address with an ancestor of the same name that it handled itself (manual 3.10).
bool was_here(const Candidate& candidate, const CommonOptions& router, bool repeat_use)
{
    const auto is_same = [&](const std::string& address) {
        return router.caseful_local_part ? mail::same_address(address, candidate.address) : same_nocase(address, candidate.address);
    };
    for (const Candidate* at = candidate.parent.get(); at; at = at->parent.get())
        if (at->made_by == router.name && (!repeat_use || is_same(at->address)))
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

}

Result<Chain> Chain::read(const Ground& ground, const Registry<RouterDriver>& drivers)
{
    Chain chain{ground};
    chain.transports_ = TRY(Transports::read(ground));
    const Lasting lasting{ground};
    chain.percent_lasts_ = lasting.is_domain_list(ground.percent_hack_domains.source());
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
            const bool has_user = made.options.check_local_user || made.options.user;
            made.reads_as_user = has_user && (instance.settings.is_set("file") || instance.settings.flag("allow_filter"));
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
    walk_all(state);
    return routed;
}

Routed Chain::route_children(const std::string& parent, std::vector<Candidate> children, const Occasion& occasion) const
{
    Routed routed;
    Walk state{.occasion = occasion, .routed = routed};
    const auto top = std::make_shared<const Candidate>(top_candidate(parent, 0));
    for (auto& child : children) {
        child.parent = top;
        state.waiting.push_back(std::make_shared<const Candidate>(std::move(child)));
    }
    walk_all(state);
    return routed;
}

void Chain::walk_all(Walk& state) const
{
    while (!state.waiting.empty()) {
        auto next = std::move(state.waiting.front());
        state.waiting.pop_front();
        walk(std::move(next), state);
    }
}

void Chain::walk(std::shared_ptr<const Candidate> from, Walk& walk) const
{
    if (!from->kind.empty())
        return deliver_child(from, walk);
    if (from->depth() > ground_->parameters.address_depth) {
        walk.add(*from, unrouted(Unrouted::Why::failed, *from, from->parent->made_by,
                                 "too many redirections (address_depth)"));
        return;
    }
    const auto candidate = std::make_shared<Candidate>(*from); // gets what routers say that do not settle it
    if (!expand_percent(from, *candidate, walk))
        return;
    std::size_t next = from->start_at.empty() ? 0 : position(from->start_at);
    const Instance* last = nullptr;
    while (next < routers_.size()) {
        last = &routers_[next++];
        if (was_here(*candidate, last->options, last->repeat_use)) {
            if (walk.occasion.steps)
                walk.occasion.steps->push_back({candidate->address, last->options.name, "skipped", "the address has come from this router", {}});
            continue;
        }
        const auto settled = ask(*last, candidate, walk, next);
        if (settled == Settled::yes)
            return;
        if (settled == Settled::unrouteable)
            break;
    }
    unrouteable(last, *candidate, walk);
}

// percent_hack_domains: the address becomes a child of itself. False: it must wait.
bool Chain::expand_percent(const std::shared_ptr<const Candidate>& from, Candidate& candidate, Walk& walk) const
{
    if (ground_->percent_hack_domains.empty())
        return true;
    walk.routed.lasts &= percent_lasts_;
    expand::Scene scene{*walk.occasion.base};
    const auto other = without_percent(*ground_, scene, from->address);
    if (!other) {
        walk.routed.lasts = false;
        walk.add(*from, unrouted(Unrouted::Why::deferred, *from, {}, other.error().text));
        return false;
    }
    if (!*other)
        return true;
    candidate.rename(**other);
    candidate.parent = from;
    candidate.copies = 0;
    return true;
}

// Nobody took it. Where no router has said why, the last one that was looked at may have a text for it (manual 15,
// cannot_route_message).
void Chain::unrouteable(const Instance* last, const Candidate& candidate, Walk& walk) const
{
    std::string text = candidate.why_declined.empty() ? "Unrouteable address" : candidate.why_declined;
    if (last && last->options.cannot_route_message && candidate.why_declined.empty()) {
        const auto& message = *last->options.cannot_route_message;
        Stage stage{*walk.occasion.base, candidate, last->options.name};
        show_address(last->options, candidate, stage.scene, stage.address, stage.prepared);
        auto words = message.expand(stage.scene);
        if (words)
            text = words->text;
        else if (words.error().cause != Cause::forced_fail)
            log::alarm("failed to expand \"" + message.source() + "\" for cannot_route_message in " + last->options.name +
                       " router: " + words.error().text);
    }
    walk.add(candidate, unrouted(Unrouted::Why::failed, candidate, {}, std::move(text)));
}

// `set` and address_data: before the router runs, and for good (manual 15). False: the router declines.
Result<bool> Chain::set_data(const Instance& instance, Candidate& candidate, Stage& stage) const
{
    for (const auto& [name, expression] : instance.options.set) {
        auto words = expression.expand(stage.scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return false;
        if (!words)
            return temporary("failed to expand \"" + expression.source() + "\" for " + name + ": " + words.error().text);
        std::erase_if(candidate.variables, [&](const mail::Variable& one) { return one.name == name; });
        candidate.variables.push_back({name, words->text, words->tainted()});
        stage.set(candidate.variables.back());
    }
    if (!instance.options.address_data)
        return true;
    auto data = instance.options.address_data->expand(stage.scene);
    if (!data && data.error().cause == Cause::forced_fail)
        return false;
    if (!data)
        return temporary("expansion of \"" + instance.options.address_data->source() + "\" failed in " + instance.options.name + " router: " +
                         data.error().text);
    candidate.address_data = *data;
    stage.scene.facts.set("address_data", *data);
    return true;
}

// With the eyes of the user whose file it may read.
Result<Decision> Chain::ask_driver(const Instance& instance, const Candidate& candidate, const Walk& walk, Stage& stage) const
{
    const auto& purpose = walk.occasion.purpose;
    std::optional<UserFiles> files;
    if (instance.reads_as_user && ground_->eyes)
        if (const auto reader = TRY(reader_for(instance, stage)))
            files.emplace(*ground_->eyes, *reader);
    return instance.driver->route({.candidate = candidate,
                                   .scene = stage.scene,
                                   .local_part = stage.prepared.local_part,
                                   .verifying = purpose.verifies(),
                                   .verifying_sender = purpose.kind == Purpose::Kind::verify_sender,
                                   .is_expn = purpose.kind == Purpose::Kind::expn,
                                   .user = stage.prepared.user,
                                   .users_files = files ? &*files : nullptr,
                                   .runs_as_user = instance.reads_as_user,
                                   .delivers = !purpose.only_asks(),
                                   .body_start = walk.occasion.body_start});
}

Chain::Settled Chain::ask(const Instance& instance, const std::shared_ptr<Candidate>& candidate, Walk& walk,
                          std::size_t& next) const
{
    const auto& options = instance.options;
    const auto& purpose = walk.occasion.purpose;
    candidate->caseful = options.caseful_local_part;
    Stage stage{*walk.occasion.base, *candidate, options.name};
    if (purpose.verifies())
        stage.scene.facts.set("verify_mode", Text::clean(purpose.kind == Purpose::Kind::verify_sender ? "S" : "R"));
    auto applies = check_preconditions(*ground_, options, *candidate, purpose, walk.occasion.sender, stage.scene,
                                       stage.address, stage.prepared);
    walk.routed.lasts &= stage.prepared.past_lists ? instance.lasts : instance.lists_last;
    if (applies && !*applies) {
        log::debug("route", options.name + " router skipped " + candidate->address + ": " + stage.prepared.why_not);
        if (walk.occasion.steps)
            walk.occasion.steps->push_back({candidate->address, options.name, "skipped", stage.prepared.why_not, stage.prepared.decided_by});
        return Settled::no;
    }
    auto runs = applies ? set_data(instance, *candidate, stage) : Result<bool>(applies.error());
    Decision verdict;
    if (!runs) {
        verdict = Decision::deferred(runs.error().text);
    } else if (*runs) {
        candidate->local_part_used = stage.prepared.local_part;
        auto answer = ask_driver(instance, *candidate, walk, stage);
        verdict = answer                                         ? std::move(answer).take()
                  : answer.error().blame == Blame::permanent     ? Decision::failed(answer.error().text)
                                                                 : Decision::deferred(answer.error().text);
    }
    return obey(instance, candidate, stage, std::move(verdict), walk, next);
}

namespace {

// A boolean option that may be an expansion: yes, no, true or false (manual 15, more and unseen).
Result<bool> decide(const std::optional<expand::Expression>& expression, bool initial, bool when_failing,
                    std::string_view option, expand::Scene& scene)
{
    if (!expression)
        return initial;
    auto words = expression->expand(scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return when_failing;
    if (!words)
        return temporary("failed to expand \"" + std::string(option) + "\" in " + std::string(scene.address ? scene.address->router_name : "") +
                         " router: " + words.error().text);
    const auto text = trim(words->text);
    if (same_nocase(text, "yes") || same_nocase(text, "true"))
        return true;
    if (same_nocase(text, "no") || same_nocase(text, "false"))
        return false;
    return temporary("\"" + escape(text) + "\" is not a valid value for the \"" + std::string(option) + "\" option");
}

constexpr std::int32_t bad_transport = -30, bad_identity = -29; // as the log shows them

// A line of the log about the message, when there is one.
void log_of(const expand::Scene* scene, const std::string& text)
{
    const auto* message = scene ? scene->message : nullptr;
    log::main((message && !message->id.empty() ? std::string(message->id) + " " : std::string{}) + text);
}

bool fails_verification(const CommonOptions& options, Purpose purpose, Decision::Kind kind)
{
    using Kind = Decision::Kind;
    const bool forced = (purpose.kind == Purpose::Kind::verify_sender && options.fail_verify_sender) ||
                        (purpose.kind == Purpose::Kind::verify_recipient && options.fail_verify_recipient);
    return forced && (kind == Kind::accepted || kind == Kind::redirected || kind == Kind::passed || kind == Kind::discarded);
}

}

void Chain::settle(const Instance& instance, const Candidate& candidate, Unrouted::Why why, const Decision& verdict,
                   Walk& walk) const
{
    auto out = unrouted(why, candidate, instance.options.name, verdict.text);
    if (why == Unrouted::Why::deferred)
        walk.routed.lasts = false;
    out.freeze = verdict.freeze;
    out.error_number = verdict.error_number;
    if (verdict.is_timeout || verdict.is_unknown_host)
        out.error_name = "lookup";
    if (instance.options.retry_use_local_part)
        out.retry_key = "R:" + candidate.address;
    out.is_forced = verdict.is_forced;
    out.user_text = verdict.user_text;
    walk.add(candidate, std::move(out));
}

// For the rest of the chain when the router has not ended it, and for what it was decided to.
Chain::Settled Chain::obey(const Instance& instance, const std::shared_ptr<Candidate>& candidate, Stage& stage,
                           Decision verdict, Walk& walk, std::size_t& next) const
{
    using Kind = Decision::Kind;
    const auto& options = instance.options;
    constexpr std::string_view words[] = {"declined", "passed", "accepted", "redirected", "failed", "deferred", "discarded"};
    if (log::debugging("route"))
        log::debug("route", options.name + " router " + std::string(words[static_cast<std::size_t>(verdict.kind)]) + " " + escape(candidate->address) +
                                (verdict.text.empty() ? "" : ": " + escape(verdict.text)));
    if (walk.occasion.steps)
        walk.occasion.steps->push_back({candidate->address, options.name, words[static_cast<std::size_t>(verdict.kind)], verdict.text, {}});
    walk.routed.notices.insert(walk.routed.notices.end(), verdict.notices.begin(), verdict.notices.end());
    if (fails_verification(options, walk.occasion.purpose, verdict.kind))
        verdict = Decision::failed(options.name + " router forced verify failure");
    if (verdict.kind == Kind::deferred && verdict.is_timeout && options.pass_on_timeout)
        verdict = Decision::passed();
    const auto defer = [&](const Error& error) {
        const bool for_good = error.blame == Blame::permanent; // a transport's limit
        auto trouble = Decision::deferred(error.text);
        trouble.error_number = error.blame == Blame::configuration ? bad_transport : 0;
        settle(instance, *candidate, for_good ? Unrouted::Why::failed : Unrouted::Why::deferred, trouble, walk);
        return Settled::yes;
    };
    const auto ask_more = [&] {
        const auto more = decide(options.more, options.more_default, true, "more", stage.scene);
        if (!more)
            return defer(more.error());
        if (!*more && walk.occasion.steps)
            walk.occasion.steps->push_back({candidate->address, options.name, "ended", "no other router is asked", "more"});
        return *more ? Settled::no : Settled::unrouteable;
    };
    if (verdict.kind == Kind::accepted && !verdict.address_data.empty()) {
        candidate->address_data = Text::clean(verdict.address_data);
        stage.scene.facts.set("address_data", candidate->address_data);
    }
    bool unseen = false;
    if (verdict.kind == Kind::accepted || verdict.kind == Kind::redirected || verdict.kind == Kind::discarded) {
        const auto decided = decide(options.unseen, options.unseen_default, false, "unseen", stage.scene);
        if (!decided)
            return defer(decided.error());
        unseen = *decided;
        candidate->copies += unseen ? 1 : 0;
        candidate->unseen_by = unseen ? options.name : std::string{};
        if (unseen)
            set_as_parent(*candidate, stage.address);
    }
    // An address verifies by what becomes of it, not by what is done beside that.
    const bool is_aside = unseen && walk.occasion.purpose.verifies();
    switch (verdict.kind) {
    case Kind::declined:
        if (!verdict.text.empty())
            candidate->why_declined = verdict.text;
        return ask_more();
    case Kind::passed:
        if (!verdict.self_hostname.empty())
            candidate->self_hostname = verdict.self_hostname;
        if (!options.pass_router.empty())
            next = position(options.pass_router);
        return Settled::no;
    case Kind::failed: // its report, too, goes to whom this router names
        if (const auto set = set_errors_to(instance, *candidate, stage, walk); !set)
            return defer(set.error());
        [[fallthrough]];
    case Kind::deferred:
        settle(instance, *candidate,
               verdict.kind == Kind::failed ? Unrouted::Why::failed : Unrouted::Why::deferred, verdict, walk);
        // Addresses that stand beside :fail: get the message all the same, as in Exim.
        if (!verdict.children.empty())
            if (auto inherited = inherit(instance, *candidate, stage, walk))
                redirect(instance, candidate, std::move(inherited).take(), std::move(verdict), walk);
        return Settled::yes;
    case Kind::discarded:
        if (!is_aside)
            settle(instance, *candidate, Unrouted::Why::discarded, verdict, walk);
        break;
    case Kind::accepted:
        if (is_aside)
            break;
        if (auto accepted = accept(instance, *candidate, stage, std::move(verdict), walk); !accepted)
            return defer(accepted.error());
        break;
    case Kind::redirected: {
        auto inherited = inherit(instance, *candidate, stage, walk);
        if (!inherited)
            return defer(inherited.error());
        if (verdict.goes_on) // the address begins anew as a child of itself, which this router passes over
            verdict.children.insert(verdict.children.begin(), candidate->at_domain(std::string(mail::domain_of(candidate->address))));
        redirect(instance, candidate, std::move(inherited).take(), std::move(verdict), walk);
        break;
    }
    }
    // The copy goes on, whatever `more` says, without headers that were to be added or removed (manual 15, unseen).
    candidate->headers_add.clear();
    candidate->headers_remove.clear();
    candidate->copied += unseen ? 1 : 0;
    candidate->unseen_by.clear();
    return unseen ? Settled::no : Settled::yes;
}

Result<std::string> Chain::transport_for(const Instance& instance, const Decision& verdict, Stage& stage) const
{
    if (!verdict.transport.empty() || !instance.options.transport)
        return verdict.transport;
    auto words = instance.options.transport->expand(stage.scene);
    if (!words)
        return misconfigured("failed to expand transport \"" + instance.options.transport->source() + "\" in " +
                         instance.options.name + " router: " + words.error().text);
    if (words->tainted()) {
        log_of(&stage.scene, "attempt to use tainted value '" + words->text + "' from '" + instance.options.transport->source() + "' for transport");
        return misconfigured("internal configuration error");
    }
    return words->text;
}

// It is routed, and its transport cannot be set up.
Status Chain::defer_for(const std::string& transport, const Instance& instance, const Candidate& candidate, const Error& error,
                        Walk& walk) const
{
    const auto why = error.blame == Blame::permanent ? Unrouted::Why::failed : Unrouted::Why::deferred;
    auto trouble = Decision::deferred(error.text);
    trouble.error_number = number_of_trouble(error.text);
    if (error.blame == Blame::configuration) { // whom it would run as is not known
        trouble.error_number = bad_identity;
        log_of(walk.occasion.base, error.text);
    }
    settle(instance, candidate, why, trouble, walk);
    walk.routed.unrouted.back().transport = transport;
    walk.routed.unrouted.back().is_setup = true;
    return {};
}

Status Chain::accept(const Instance& instance, const Candidate& candidate, Stage& stage, Decision verdict,
                     Walk& walk) const
{
    const auto inherited = TRY(inherit(instance, candidate, stage, walk));
    walk.routed.address_data = inherited.address_data;
    const auto& prepared = stage.prepared;
    Delivery delivery;
    delivery.address = candidate.address;
    delivery.copies = candidate.copied;
    delivery.unique = done_as(candidate);
    delivery.router = instance.options.name;
    delivery.local_part = prepared.local_part;
    delivery.domain = candidate.domain;
    delivery.prefix = prepared.prefix;
    delivery.suffix = prepared.suffix;
    delivery.hosts = std::move(verdict.hosts);
    delivery.log_as_local = instance.options.log_as_local;
    fill_from(inherited, delivery);
    const auto transport = TRY(transport_for(instance, verdict, stage));
    // Good enough to verify (manual 15, transport), and to show.
    if (transport.empty() && walk.occasion.purpose.only_asks()) {
        walk.add(candidate, std::move(delivery));
        return {};
    }
    if (transport.empty())
        return misconfigured("transport \"\" not found in " + instance.options.name + " router");
    TRY(translate(instance, stage, delivery.hosts));
    if (!instance.options.fallback_hosts.empty())
        delivery.fallback_hosts =
            TRY((HostFinder{*ground_, stage.scene}.all(instance.options.fallback_hosts, {.stop_at_self = false}, true)));
    // A callout needs the transport's hosts; routing alone verifies whatever the transport lacks (manual 44.32).
    const bool verifies_remote = walk.occasion.purpose.verifies() && transports_.is_remote(transport);
    const bool is_tried = !walk.occasion.purpose.only_asks() || verifies_remote || (walk.occasion.purpose.measures && transports_.has_quota(transport));
    const auto filled =
        is_tried ? transports_.fill(transport, inherited, inherited.user, stage.scene, stage.address, delivery) : Status{};
    if (!filled && !verifies_remote)
        return defer_for(transport, instance, candidate, filled.error(), walk);
    if (!is_tried || !filled)
        TRY(transports_.name(transport, delivery));
    if (candidate.ignores_errors && !verifies_remote && !walk.occasion.purpose.verifies())
        delivery.options.push_back({std::string(noerror_mark), {}});
    walk.routed.lasts &= transports_.lasts(transport) || walk.occasion.purpose.verifies();
    // Whoever only asks sees what is there twice.
    if (walk.occasion.purpose.only_asks() || walk.seen.insert(done_as(candidate) + "\n" + delivery.transport).second)
        walk.add(candidate, std::move(delivery));
    return {};
}

// What the address has gathered on its way.
void Chain::fill_from(const Candidate& candidate, Delivery& delivery)
{
    tell_ancestors(candidate, delivery);
    delivery.home = candidate.home;
    delivery.current_directory = candidate.current_directory;
    delivery.dsn_lasthop = candidate.dsn_lasthop;
    delivery.one_time_parent = candidate.one_time_parent;
    delivery.hidden_in_reports = candidate.hidden;
    if (candidate.errors_to)
        delivery.return_path = candidate.errors_to->empty() ? "<>" : *candidate.errors_to;
}

}
