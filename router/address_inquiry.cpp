#include "router/address_inquiry.h"

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/mail/host_words.h"

namespace gp::router {
namespace {

std::string qualified_name(const World& world, std::string_view address)
{
    std::string name(address);
    if (mail::domain_of(address).empty())
        name += "@" + world.ground().world.site.qualify_recipient;
    return name;
}

Routed routed(const World& world, expand::Scene& scene, std::string_view address, Purpose::Kind kind)
{
    const auto qualified =
        world.ground().rewriting.address(scene, qualified_name(world, address), rewrite::env_to);
    return world.chain().route(qualified, 0, {.purpose = {kind}, .base = &scene});
}

const std::string& heard_by_client(const Unrouted& unrouted)
{
    return unrouted.user_text.empty() ? unrouted.text : unrouted.user_text;
}

std::string expansion(const std::vector<std::string>& children)
{
    std::string lines;
    for (const auto& child : children)
        lines += (lines.empty() ? "<" : "\n<") + child + ">";
    return lines;
}

}

const Unrouted* obstacle(const Routed& routed)
{
    // :fail: is about the address itself, whatever stands beside it.
    const auto forced = std::ranges::find_if(routed.unrouted, [](const Unrouted& one) { return one.is_forced && one.parent.empty(); });
    if (forced != routed.unrouted.end())
        return &*forced;
    if (routed.deliveries.size() + routed.unrouted.size() != 1 || routed.unrouted.empty() ||
        routed.unrouted.front().why == Unrouted::Why::discarded)
        return nullptr;
    return &routed.unrouted.front();
}

void tell_of_address(const World& world, expand::Scene& scene, std::string_view address, AskReply& reply)
{
    const auto result = routed(world, scene, address, Purpose::Kind::verify_recipient);
    const auto name = "<" + qualified_name(world, address) + "> ";
    reply.code = 250;
    reply.enhanced = "2.1.5";
    reply.text = name + "is deliverable";
    const auto* trouble = obstacle(result);
    if (!trouble)
        return;
    const bool deferred = trouble->why == Unrouted::Why::deferred;
    reply.verdict = deferred ? Verdict::defer : Verdict::deny;
    reply.code = deferred ? 451 : 550;
    reply.enhanced = deferred ? "4.4.3" : "5.1.1";
    reply.text = deferred && trouble->user_text.empty() && !trouble->is_forced ? "Cannot resolve " + name + "at this time" : name + heard_by_client(*trouble);
    reply.log_text.clear();
    if (!deferred && scene.origin)
        log::main("VRFY failed for " + escape(address, true) + " " + mail::host_and_ident(*scene.origin));
}

void tell_expansion(const World& world, expand::Scene& scene, std::string_view address, AskReply& reply)
{
    const auto result = routed(world, scene, address, Purpose::Kind::expn);
    const auto name = qualified_name(world, address);
    reply.code = 250;
    reply.enhanced = "2.1.5";
    reply.text = result.children.empty() ? "<" + name + ">" : expansion(result.children);
    if (!result.children.empty())
        return;
    if (!result.unrouted.empty() && result.unrouted.front().why == Unrouted::Why::discarded) {
        reply.text = "mail to <" + name + "> is discarded";
    } else if (const auto* trouble = obstacle(result)) {
        const bool deferred = trouble->why == Unrouted::Why::deferred;
        reply.verdict = Verdict::deny;
        reply.code = 553;
        reply.enhanced = "5.1.1";
        reply.text = name + (deferred ? " cannot be resolved at this time" : " is undeliverable");
        reply.log_text.clear();
    }
}

}
