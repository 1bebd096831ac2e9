// manualroute: to the hosts that the configuration names for the domain (manual chapter 20).

#include "common/base/text.h"
#include "router/host_finder.h"
#include "router/self_host.h"

namespace gp::router {
namespace {

enum class NotFound { freeze, defer, decline, fail, pass, ignore };

constexpr std::int32_t unknown_host = -32, dns_defer = -36;

class ManualRoute final : public Router {
public:
    static Result<std::unique_ptr<Router>> make(const Ground& ground, const conf::Driver& instance);
    Result<Decision> route(const Question& question) override;

private:
    explicit ManualRoute(const Ground& ground, std::string name) : ground_(ground), name_(std::move(name)) {}
    // The hosts for a domain and how to look them up; nothing when no rule matches.
    Result<std::optional<RouteData>> find_rule(const Question& question) const;
    Result<std::optional<RouteData>> expand_hosts(const Question& question, std::string_view hosts, RouteOptions options) const;
    Result<Decision> resolve(const Question& question, const RouteData& data) const;
    Result<std::optional<std::string>> transport_of(const Question& question, const RouteData& data) const;
    Decision not_found(NotFound what, const std::string& text) const;

    const Ground& ground_;
    const std::string name_;
    SelfRule self_;
    expand::ListText ignored_, dnssec_require_;
    std::vector<RouteRule> rules_;
    std::optional<expand::Expression> route_data_, transport_;
    NotFound host_find_failed_ = NotFound::freeze, host_all_ignored_ = NotFound::defer;
    std::string all_ignored_word_;
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
    std::unique_ptr<ManualRoute> made{new ManualRoute(ground, instance.name)};
    const auto& settings = instance.settings;
    made->self_ = TRY(SelfRule::read(instance));
    made->ignored_ = TRY(list_of(ground, instance, "ignore_target_hosts", match::Kind::host));
    made->dnssec_require_ = TRY(list_of(ground, instance, "dnssec_require_domains", match::Kind::domain));
    made->route_data_ = TRY(expression_of(ground, instance, "route_data"));
    made->transport_ = TRY(expression_of(ground, instance, "transport"));
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
    made->all_ignored_word_ = settings.text("host_all_ignored");
    made->randomize_ = settings.flag("hosts_randomize");
    return std::unique_ptr<Router>{std::move(made)};
}

// "A list of hosts, whether obtained via route_data or route_list, is always separately expanded" (manual 20.4).
Result<std::optional<RouteData>> ManualRoute::expand_hosts(const Question& question, std::string_view hosts,
                                                           RouteOptions options) const
{
    auto words = TRY(ground_.language.parse(hosts)).expand(question.scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return std::optional<RouteData>{};
    if (!words)
        return temporary("failed to expand \"" + std::string(hosts) + "\": " + words.error().text);
    return std::optional<RouteData>{RouteData{.hosts = words->text, .options = std::move(options)}};
}

Result<std::optional<RouteData>> ManualRoute::find_rule(const Question& question) const
{
    if (route_data_) {
        auto words = route_data_->expand(question.scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return std::optional<RouteData>{};
        if (!words)
            return temporary("failed to expand \"" + route_data_->source() + "\": " + words.error().text);
        if (trim(words->text).empty())
            return std::optional<RouteData>{};
        auto parsed = parse_route_data(ground_, words->text);
        if (!parsed)
            return temporary("error in router: " + parsed.error().text);
        auto data = std::move(parsed).take();
        if (words->tainted() || data.hosts.find('$') == std::string::npos) // words of a stranger stay words
            return std::optional<RouteData>{std::move(data)};
        return expand_hosts(question, data.hosts, data.options);
    }
    for (const auto& rule : rules_) {
        auto match = TRY(rule.domains.domain(question.scene, question.candidate.domain));
        if (!match)
            continue;
        question.scene.value = match.value; // manual 20.4: $value is what the pattern's look-up found
        expand::remember_captures(question.scene, match);
        return expand_hosts(question, rule.hosts, rule.options);
    }
    return std::optional<RouteData>{};
}

// The transport decides whether hosts are looked up at all.
Result<std::optional<std::string>> ManualRoute::transport_of(const Question& question, const RouteData& data) const
{
    if (!data.options.transport.empty())
        return std::optional{data.options.transport};
    if (!transport_)
        return std::optional<std::string>{};
    auto name = transport_->expand(question.scene);
    if (!name)
        return temporary("failed to expand transport: " + name.error().text);
    return std::optional{name->text};
}

Result<Decision> ManualRoute::route(const Question& question)
{
    const auto data = TRY(find_rule(question));
    if (!data)
        return Decision::declined();
    const auto name = TRY(transport_of(question, *data));
    const auto* transport = name ? ground_.configuration.transport(*name) : nullptr;
    const bool is_local = transport && transport->driver != "smtp";
    const bool has_hosts = !trim(data->hosts).empty();
    if (!is_local && !has_hosts && !question.verifying && !(transport && transport->settings.is_set("hosts")))
        return Decision::deferred("error in " + name_ + " router: no host(s) specified for domain " +
                                  question.candidate.domain);
    if (!is_local && has_hosts) {
        auto decision = TRY(resolve(question, *data));
        if (decision.kind == Decision::Kind::accepted && !name && !question.verifying)
            return Decision::deferred("error in router: transport missing");
        return decision;
    }
    // Manual 20.7: a local transport is told the list as it stands, in $host.
    auto decision = Decision::accepted();
    decision.transport = data->options.transport;
    if (!trim(data->hosts).empty())
        decision.hosts.push_back({.name = data->hosts});
    return decision;
}

Decision ManualRoute::not_found(NotFound what, const std::string& text) const
{
    Decision decision = Decision::unknown_host(text);
    switch (what) {
    case NotFound::decline: return Decision::declined();
    case NotFound::fail: return Decision::failed(text);
    case NotFound::pass: return Decision::passed();
    case NotFound::freeze: decision.freeze = true; break;
    default: break;
    }
    decision.error_number = unknown_host;
    return decision;
}

Result<Decision> ManualRoute::resolve(const Question& question, const RouteData& data) const
{
    HostFinder finder{ground_, question.scene};
    HostSearch search{.options = data.options, .ignored = &ignored_};
    search.dnssec_require =
        !dnssec_require_.empty() && TRY(dnssec_require_.domain(question.scene, question.candidate.domain));
    auto wanted = TRY(parse_route_hosts(data.hosts));
    if (data.options.randomize.value_or(randomize_))
        wanted = shuffled(std::move(wanted), ground_.random);
    std::vector<Host> hosts;
    std::optional<Decision> end;
    for (const auto& one : wanted) {
        const bool is_first = hosts.empty();
        const auto found = TRY(finder.add(one, search, hosts));
        if (found == HostFound::not_now)
            return Decision::dns_trouble("host lookup for " + one.name + " did not complete (DNS timeout?)", dns_defer);
        if (found == HostFound::insecure)
            return Decision::deferred("host lookup done insecurely");
        if (found == HostFound::self && self_.sends() && (is_first || !search.stop_at_self)) {
            search.stop_at_self = false; // the whole list is meant (manual 20.6, self = send)
            continue;
        }
        // Hosts behind this machine would send the mail back to us: the list ends here (manual 20.6).
        if (found == HostFound::self && is_first)
            end = self_.apply(question.candidate, std::move(hosts));
        if (found == HostFound::self && end && end->self_sent) { // and so are those behind it
            hosts = std::exchange(end->hosts, {});
            end.reset();
            search.stop_at_self = false;
            continue;
        }
        if (found == HostFound::self && search.stop_at_self)
            break;
        if (found == HostFound::no && host_find_failed_ != NotFound::ignore)
            return not_found(host_find_failed_, "lookup of host \"" + escape(one.name) + "\" failed in " + name_ + " router");
    }
    if (!end && hosts.empty() && host_all_ignored_ == NotFound::decline)
        return Decision::declined();
    if (!end && hosts.empty())
        return not_found(host_all_ignored_, "lookup failed for all hosts in " + name_ + " router: host_find_failed=ignore "
                                            "host_all_ignored=" + all_ignored_word_);
    auto decision = end ? std::move(*end) : Decision::accepted(std::move(hosts));
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
