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
    else if (starts_nocase(text, "reroute:")) {
        rule.what_ = What::reroute;
        auto rest = trim(text.substr(8));
        if (starts_nocase(rest, "rewrite:")) {
            rule.rewrite_ = true;
            rest = trim(rest.substr(8));
        }
        rule.domain_ = lower(rest);
    } else {
        return misconfigured(instance.settings.origin("self").text() + ": self = \"" + escape(text) +
                             "\" is none of freeze, defer, fail, pass, send, reroute:DOMAIN");
    }
    return rule;
}

Decision SelfRule::apply(const Candidate& candidate, std::vector<Host> hosts) const
{
    const std::string text = !hosts.empty() && hosts[0].mx >= 0 ? "lowest numbered MX record points to local host"
                                                                : "remote host address is the local host";
    switch (what_) {
    case What::send: {
        auto decision = Decision::accepted(std::move(hosts));
        decision.self_sent = true;
        return decision;
    }
    case What::pass: {
        auto decision = Decision::passed();
        decision.self_hostname = hosts.empty() ? std::string{} : hosts[0].name;
        return decision;
    }
    case What::fail:
        return Decision::failed(text);
    case What::defer:
        return Decision::deferred(text);
    case What::reroute:
        return Decision::rerouted(candidate, domain_, rewrite_);
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
            scene.facts.set("host_address", Text::clean(address)); // for a list that asks which one it is
            const auto match = ignored.ip(scene, address);
            scene.facts.erase("host_address");
            if (TRY(match))
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
