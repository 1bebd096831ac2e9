// manualroute: to the hosts that the configuration names for the domain (manual chapter 20).

#include "common/base/text.h"
#include "router/route_rule.h"
#include "router/self_host.h"

namespace gp::router {
namespace {

enum class NotFound { freeze, defer, decline, fail, pass, ignore };

class ManualRoute final : public Router {
public:
    static Result<std::unique_ptr<Router>> make(const Ground& ground, const conf::Driver& instance);
    Result<Decision> route(const Question& question) override;

private:
    explicit ManualRoute(const Ground& ground) : ground_(ground) {}
    // The hosts for a domain and how to look them up; nothing when no rule matches.
    Result<std::optional<RouteData>> find_rule(const Question& question) const;
    Result<Decision> resolve(const Question& question, const RouteData& data) const;
    // Appends what a host name stands for; false: it does not exist.
    Result<bool> add_host(const RouteHost& wanted, const RouteOptions& options, std::vector<Host>& hosts) const;
    Result<bool> add_by_mx(const RouteHost& wanted, std::vector<Host>& hosts) const;
    std::vector<RouteHost> shuffled(std::vector<RouteHost> hosts, bool randomize) const;
    Decision not_found(NotFound what, const std::string& name) const;

    const Ground& ground_;
    SelfRule self_;
    expand::ListText ignored_;
    std::vector<RouteRule> rules_;
    std::optional<expand::Expression> route_data_;
    NotFound host_find_failed_ = NotFound::freeze, host_all_ignored_ = NotFound::defer;
    bool randomize_ = false;
};

Result<NotFound> read_not_found(const conf::Driver& instance, std::string_view option, NotFound initial)
{
    const auto& text = instance.settings.text(option);
    if (text.empty())
        return initial;
    constexpr std::pair<std::string_view, NotFound> words[] = {
        {"freeze", NotFound::freeze}, {"defer", NotFound::defer}, {"decline", NotFound::decline},
        {"fail", NotFound::fail},     {"pass", NotFound::pass},   {"ignore", NotFound::ignore},
    };
    for (const auto& [word, what] : words)
        if (text == word)
            return what;
    return misconfigured(instance.settings.origin(option).text() + ": " + std::string(option) + " = \"" + escape(text) +
                         "\" is none of freeze, defer, decline, fail, pass, ignore");
}

Result<std::unique_ptr<Router>> ManualRoute::make(const Ground& ground, const conf::Driver& instance)
{
    std::unique_ptr<ManualRoute> made{new ManualRoute(ground)};
    const auto& settings = instance.settings;
    made->self_ = TRY(SelfRule::read(instance));
    made->ignored_ = TRY(list_of(ground, instance, "ignore_target_hosts", match::Kind::host));
    made->route_data_ = TRY(expression_of(ground, instance, "route_data"));
    if (settings.is_set("route_list")) {
        auto rules = parse_route_list(ground, settings.text("route_list"));
        if (!rules)
            return misconfigured(settings.origin("route_list").text() + ": route_list: " + rules.error().text);
        made->rules_ = std::move(rules).take();
    }
    if (settings.is_set("route_list") == settings.is_set("route_data"))
        return misconfigured(instance.origin.text() + ": router " + instance.name +
                             " wants exactly one of route_list and route_data");
    made->host_find_failed_ = TRY(read_not_found(instance, "host_find_failed", NotFound::freeze));
    made->host_all_ignored_ = TRY(read_not_found(instance, "host_all_ignored", NotFound::defer));
    made->randomize_ = settings.flag("hosts_randomize");
    return std::unique_ptr<Router>{std::move(made)};
}

Result<std::optional<RouteData>> ManualRoute::find_rule(const Question& question) const
{
    if (route_data_) {
        auto words = route_data_->expand(question.scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return std::optional<RouteData>{};
        if (!words)
            return temporary("failed to expand route_data: " + words.error().text);
        if (trim(words->text).empty())
            return std::optional<RouteData>{};
        return std::optional<RouteData>{TRY(parse_route_data(ground_, words->text))};
    }
    for (const auto& rule : rules_) {
        auto match = TRY(rule.domains.domain(question.scene, question.candidate.domain));
        if (!match)
            continue;
        question.scene.value = match.value; // manual 20.5: $value is what the pattern's look-up found
        expand::remember_captures(question.scene, match);
        auto hosts = TRY(ground_.language.parse(rule.hosts)).expand(question.scene);
        if (!hosts && hosts.error().cause == Cause::forced_fail)
            return std::optional<RouteData>{};
        if (!hosts)
            return temporary("failed to expand a host list: " + hosts.error().text);
        return std::optional<RouteData>{RouteData{.hosts = hosts->text, .options = rule.options}};
    }
    return std::optional<RouteData>{};
}

Result<Decision> ManualRoute::route(const Question& question)
{
    const auto data = TRY(find_rule(question));
    if (!data)
        return Decision::declined();
    if (trim(data->hosts).empty()) { // a local transport needs no hosts (manual 20.4)
        auto decision = Decision::accepted();
        decision.transport = data->options.transport;
        return decision;
    }
    return resolve(question, *data);
}

// Fisher and Yates within each group that "+" parts (manual 20.6).
std::vector<RouteHost> ManualRoute::shuffled(std::vector<RouteHost> hosts, bool randomize) const
{
    if (!randomize)
        return hosts;
    for (std::size_t begin = 0; begin < hosts.size();) {
        std::size_t end = begin + 1;
        while (end < hosts.size() && !hosts[end].new_group)
            ++end;
        for (std::size_t left = end - begin; left > 1; --left)
            std::swap(hosts[begin + left - 1], hosts[begin + ground_.random(static_cast<std::uint32_t>(left))]);
        begin = end;
    }
    return hosts;
}

Result<bool> ManualRoute::add_by_mx(const RouteHost& wanted, std::vector<Host>& hosts) const
{
    dns::MailHostsQuery query{.domain = wanted.name};
    const auto found = TRY(dns::mail_hosts(ground_.resolver, query, ground_.random, ground_.dns_deadline()));
    for (const auto& host : found.hosts) {
        Host out{.name = host.name, .port = wanted.port ? wanted.port : host.port, .mx = host.preference, .dnssec = host.secure};
        for (const auto& address : host.addresses)
            out.addresses.push_back(address.text());
        hosts.push_back(std::move(out));
    }
    return !found.hosts.empty();
}

Result<bool> ManualRoute::add_host(const RouteHost& wanted, const RouteOptions& options, std::vector<Host>& hosts) const
{
    if (wanted.by_mx)
        return add_by_mx(wanted, hosts);
    Host host{.name = wanted.name, .port = wanted.port};
    if (const auto literal = net::Address::parse(wanted.name)) {
        host.addresses = {literal->text()};
        hosts.push_back(std::move(host));
        return true;
    }
    if (options.lookup != RouteOptions::Lookup::by_dns)
        for (const auto& address : ground_.hosts_file.find(wanted.name))
            if (!options.v4_only || address.is_v4())
                host.addresses.push_back(address.text());
    if (host.addresses.empty()) {
        const auto families = options.v4_only ? dns::Families::v4_only : dns::Families::both;
        auto found = TRY(dns::lookup_host(ground_.resolver, wanted.name, ground_.dns_deadline(), families, !options.v4_first));
        for (const auto& address : found.addresses)
            host.addresses.push_back(address.text());
        host.dnssec = found.secure;
        if (host.addresses.empty())
            return false;
    }
    hosts.push_back(std::move(host));
    return true;
}

Decision ManualRoute::not_found(NotFound what, const std::string& name) const
{
    const std::string text = "lookup of host \"" + escape(name) + "\" failed";
    switch (what) {
    case NotFound::defer: return Decision::deferred(text);
    case NotFound::decline: return Decision::declined();
    case NotFound::fail: return Decision::failed(text);
    case NotFound::pass: return Decision::passed();
    default: {
        auto decision = Decision::deferred(text);
        decision.freeze = true;
        return decision;
    }
    }
}

Result<Decision> ManualRoute::resolve(const Question& question, const RouteData& data) const
{
    std::vector<Host> hosts;
    const auto wanted = shuffled(TRY(parse_route_hosts(data.hosts)), data.options.randomize.value_or(randomize_));
    for (const auto& one : wanted) {
        auto added = add_host(one, data.options, hosts);
        if (!added)
            return temporary("lookup of host \"" + escape(one.name) + "\" did not complete: " + added.error().text);
        if (!*added && host_find_failed_ != NotFound::ignore)
            return not_found(host_find_failed_, one.name);
    }
    if (hosts.empty())
        return not_found(host_all_ignored_, data.hosts);
    if (TRY(ignore_targets(ignored_, question.scene, hosts)))
        return not_found(host_all_ignored_, data.hosts);
    // Hosts behind this machine would send the mail back to us: the list ends here (manual 15, self).
    const auto us = std::ranges::find_if(hosts, [&](const Host& host) { return is_this_machine(ground_, host); });
    auto decision = us == hosts.begin() ? self_.apply(question.candidate, std::move(hosts)) : Decision::accepted();
    if (decision.kind == Decision::Kind::accepted && !decision.self_sent) {
        hosts.erase(us, hosts.end());
        decision.hosts = std::move(hosts);
    }
    decision.transport = data.options.transport;
    return decision;
}

const RegisterRouter self{{
    .name = "manualroute",
    .make = ManualRoute::make,
    .doc = "Routes to the hosts that route_list or route_data names for the domain.",
}};

}
}
