#include "router/self_host.h"

#include "common/base/text.h"

namespace gp::router {

Result<SelfRule> SelfRule::read(const conf::Driver& instance)
{
    SelfRule rule;
    std::string_view text = instance.settings.text("self");
    if (text.empty() || text == "freeze")
        rule.what_ = What::freeze;
    else if (text == "defer")
        rule.what_ = What::defer;
    else if (text == "fail")
        rule.what_ = What::fail;
    else if (text == "pass")
        rule.what_ = What::pass;
    else if (text == "send")
        rule.what_ = What::send;
    else if (text.starts_with("reroute:")) {
        rule.what_ = What::reroute;
        auto rest = trim(text.substr(8));
        if (rest.starts_with("rewrite:")) {
            rule.rewrite_ = true;
            rest = trim(rest.substr(8));
        }
        rule.domain_ = lower(rest);
    } else {
        return misconfigured(instance.settings.origin("self").text() + ": self = \"" + escape(text) +
                             "\" is none of freeze, defer, fail, pass, send, reroute:DOMAIN");
    }
    if (rule.rewrite_)
        return misconfigured(instance.settings.origin("self").text() + ": self = reroute: rewrite: is not supported yet");
    return rule;
}

Decision SelfRule::apply(const Candidate& candidate, std::vector<Host> hosts) const
{
    const std::string text = "lowest numbered MX record points to local host";
    switch (what_) {
    case What::send: {
        auto decision = Decision::accepted(std::move(hosts));
        decision.self_sent = true;
        return decision;
    }
    case What::pass:
        return Decision::passed();
    case What::fail:
        return Decision::failed(text);
    case What::defer:
        return Decision::deferred(text);
    case What::reroute: {
        Candidate child;
        child.local_part = candidate.local_part;
        child.domain = domain_;
        child.address = candidate.local_part + "@" + domain_;
        child.is_tainted = candidate.is_tainted;
        return {.kind = Decision::Kind::redirected, .children = {std::move(child)}};
    }
    default: {
        auto decision = Decision::deferred(text);
        decision.freeze = true;
        return decision;
    }
    }
}

bool is_this_machine(const Ground& ground, const Host& host)
{
    const auto& ports = ground.parameters.smtp_ports;
    const std::uint32_t port = host.port ? host.port : 25;
    if (std::ranges::find(ports, port) == ports.end())
        return false;
    return std::ranges::any_of(host.addresses, [&](const std::string& text) {
        const auto address = net::Address::parse(text);
        return address && ground.is_own_address(*address);
    });
}

Result<bool> ignore_targets(const expand::ListText& ignored, expand::Scene& scene, std::vector<Host>& hosts)
{
    if (ignored.empty())
        return false;
    bool took = false;
    for (auto& host : hosts) {
        std::vector<std::string> kept;
        for (auto& address : host.addresses) {
            if (TRY(ignored.ip(scene, address)))
                took = true;
            else
                kept.push_back(std::move(address));
        }
        host.addresses = std::move(kept);
    }
    if (took)
        std::erase_if(hosts, [](const Host& host) { return host.addresses.empty(); });
    return took && hosts.empty();
}

}
