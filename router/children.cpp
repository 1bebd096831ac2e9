// What becomes of an address that was redirected: new addresses for the routers, and pipes, files and replies, which
// have a transport already.
#include "common/mail/address.h"
#include "router/octal.h"
#include "router/preconditions.h"
#include "router/walk.h"

namespace gp::router {
namespace {

std::string homonym_mark(const Candidate& candidate)
{
    for (const Candidate* at = candidate.parent.get(); candidate.kind.empty() && at; at = at->parent.get())
        if (mail::same_address(at->address, candidate.address))
            return "\n" + std::to_string(candidate.depth());
    return {};
}

}

// check_ancestor: an ancestor's name stands for the address in hand itself (manual 22).
void Chain::check_ancestors(const Candidate& candidate, const Candidate& parent, Candidate& child)
{
    for (const Candidate* at = &parent; at; at = at->parent.get())
        if (candidate.caseful ? at->address == child.address : same_nocase(at->address, child.address)) {
            child.address = candidate.address;
            child.local_part = candidate.local_part;
            child.domain = candidate.domain;
            return;
        }
}

void Chain::redirect(const Instance& instance, const std::shared_ptr<Candidate>& candidate, Candidate inherited,
                     Decision verdict, Walk& walk) const
{
    auto parent = std::make_shared<Candidate>(*candidate);
    parent->made_by = instance.options.name;
    if (!verdict.new_domain.empty())
        walk.routed.new_domains.emplace_back(candidate->domain, verdict.new_domain);
    std::deque<std::shared_ptr<const Candidate>> made; // looked at before what waits already
    for (auto& child : verdict.children) {
        if (++walk.made > ground_->parameters.addresses_max)
            return settle(instance, *candidate, Unrouted::Why::deferred,
                          Decision::deferred("more addresses than addresses_max allows"), walk);
        child.index = candidate->index;
        child.parent = parent;
        // The recipient's own; a % alone may be between them.
        if (!candidate->parent || (candidate->parent->made_by.empty() && !candidate->parent->parent))
            walk.routed.children.push_back(child.address);
        if (!child.errors_to)
            child.errors_to = inherited.errors_to;
        child.ignores_errors |= candidate->ignores_errors;
        child.headers_add = inherited.headers_add + child.headers_add;
        child.headers_remove.insert(child.headers_remove.begin(), inherited.headers_remove.begin(), inherited.headers_remove.end());
        child.variables = inherited.variables;
        child.address_data = inherited.address_data;
        child.self_hostname = inherited.self_hostname;
        child.dsn_lasthop = candidate->dsn_lasthop;
        child.hidden = candidate->hidden || verdict.hides_children;
        // What stands in the recipient's place when anything below it must wait.
        child.one_time_parent = candidate->one_time_parent.empty() && verdict.one_time ? child.address : candidate->one_time_parent;
        child.new_domains = candidate->new_domains;
        if (!verdict.new_domain.empty())
            child.new_domains.emplace_back(candidate->domain, verdict.new_domain);
        child.start_at = instance.options.redirect_router;
        if (!child.kind.empty()) {
            if (!child.user)
                child.user = inherited.user;
            child.gid = inherited.gid;
            child.initgroups = inherited.initgroups;
            child.home = inherited.home;
            child.home_taint = inherited.home_taint;
            child.current_directory = inherited.current_directory;
        } else if (instance.check_ancestor) {
            check_ancestors(*candidate, *parent, child);
        }
        // An address that came out of itself is another one than the ancestor that it is named like.
        const std::string key = child.kind + "\n" + unique_of(child) + homonym_mark(child);
        if (walk.occasion.purpose.only_asks() || walk.seen.insert("child\n" + key).second)
            made.push_back(std::make_shared<const Candidate>(std::move(child)));
    }
    walk.waiting.insert(walk.waiting.begin(), made.begin(), made.end());
}

// A pipe or a file has its transport already.
void Chain::deliver_child(const std::shared_ptr<const Candidate>& candidate, Walk& walk) const
{
    const auto& parent = *candidate->parent;
    if (candidate->address == "/dev/null" && candidate->kind == "file" && !candidate->setup_fails &&
        !walk.occasion.purpose.only_asks()) {
        walk.add(*candidate, unrouted(Unrouted::Why::discarded, *candidate, parent.made_by, {}));
        walk.routed.unrouted.back().unique = unique_of(*candidate);
        walk.routed.unrouted.back().transport = "**bypassed**";
        return;
    }
    if (!candidate->setup_error.empty()) {
        auto out = unrouted(candidate->setup_fails ? Unrouted::Why::failed : Unrouted::Why::deferred, *candidate,
                            parent.made_by, candidate->setup_error);
        out.unique = unique_of(*candidate);
        out.error_number = candidate->setup_fails ? 0 : candidate->setup_errno;
        out.transport = candidate->transport;
        out.is_setup = true;
        out.retry_key = "R:" + parent.address;
        walk.add(*candidate, std::move(out));
        return;
    }
    Stage stage{*walk.occasion.base, *candidate, parent.made_by};
    auto& address = stage.address;
    address.local_part = used_local_part(parent);
    address.domain = parent.domain;
    address.original_local_part = used_local_part(candidate->top());
    address.original_domain = candidate->top().domain;
    address.parent_local_part = used_local_part(parent);
    address.parent_domain = parent.domain;
    show_home(candidate->home, candidate->home_taint, stage.scene, address);
    address.transport_name = candidate->transport;
    if (candidate->kind == "pipe")
        address.address_pipe = candidate->address;
    else if (candidate->kind == "file")
        address.address_file = candidate->address;
    stage.scene.address = &address;
    Delivery delivery;
    delivery.address = candidate->address;
    delivery.unique = unique_of(*candidate);
    delivery.router = parent.made_by;
    delivery.kind = candidate->kind;
    delivery.ticket = candidate->ticket;
    delivery.local_part = used_local_part(parent);
    delivery.domain = parent.domain;
    fill_from(*candidate, delivery);
    if (!candidate->command.empty())
        delivery.options.push_back({"pipe_words", candidate->command});
    if (candidate->mode)
        delivery.options.push_back({"mode", octal(candidate->mode, 4)}); // over the transport's
    auto filled = walk.occasion.purpose.only_asks()
                      ? transports_.name(candidate->transport, delivery)
                      : transports_.fill(candidate->transport, *candidate, candidate->user, stage.scene, address, delivery);
    if (filled)
        return walk.add(*candidate, std::move(delivery));
    auto out = unrouted(filled.error().blame == Blame::permanent ? Unrouted::Why::failed : Unrouted::Why::deferred,
                        *candidate, parent.made_by, filled.error().text);
    out.error_number = number_of_trouble(filled.error().text);
    out.transport = delivery.transport;
    out.is_setup = true;
    walk.add(*candidate, std::move(out));
}

}
