// dnslookup: to the hosts that the domain name system names for the domain (manual chapter 17).

#include "common/base/text.h"
#include "router/self_host.h"

namespace gp::router {
namespace {

class DnsLookup final : public Router {
public:
    static Result<std::unique_ptr<Router>> make(const Ground& ground, const conf::Driver& instance);
    Result<Decision> route(const Question& question) override;

private:
    explicit DnsLookup(const Ground& ground) : ground_(ground) {}
    Result<dns::MailHostsQuery> query_for(const Question& question, const std::string& domain) const;
    Result<Decision> decide(const Question& question, dns::MailHosts found) const;
    std::vector<std::string> names_to_try(const Candidate& candidate) const;

    const Ground& ground_;
    SelfRule self_;
    expand::ListText ignored_, mx_domains_, mx_fail_domains_, dnssec_require_, dnssec_request_, srv_fail_domains_,
        fail_defer_domains_;
    std::optional<expand::Expression> check_srv_;
    bool check_secondary_mx_ = false, v4_only_ = false, qualify_single_ = true, search_parents_ = false;
    std::vector<std::string> widen_domains_;
};

Result<std::unique_ptr<Router>> DnsLookup::make(const Ground& ground, const conf::Driver& instance)
{
    std::unique_ptr<DnsLookup> made{new DnsLookup(ground)};
    const auto& settings = instance.settings;
    made->self_ = TRY(SelfRule::read(instance));
    made->ignored_ = TRY(list_of(ground, instance, "ignore_target_hosts", match::Kind::host));
    made->mx_domains_ = TRY(list_of(ground, instance, "mx_domains", match::Kind::domain));
    made->mx_fail_domains_ = TRY(list_of(ground, instance, "mx_fail_domains", match::Kind::domain));
    made->srv_fail_domains_ = TRY(list_of(ground, instance, "srv_fail_domains", match::Kind::domain));
    made->fail_defer_domains_ = TRY(list_of(ground, instance, "fail_defer_domains", match::Kind::domain));
    made->dnssec_require_ = TRY(list_of(ground, instance, "dnssec_require_domains", match::Kind::domain));
    made->check_srv_ = TRY(expression_of(ground, instance, "check_srv"));
    made->check_secondary_mx_ = settings.flag("check_secondary_mx");
    if (settings.is_written("ipv4_only")) {
        const auto text = settings.expandable("ipv4_only");
        made->v4_only_ = expand::is_true(text.text);
    }
    made->qualify_single_ = settings.flag("qualify_single");
    made->search_parents_ = settings.flag("search_parents");
    made->widen_domains_ = settings.list("widen_domains");
    return std::unique_ptr<Router>{std::move(made)};
}

Result<dns::MailHostsQuery> DnsLookup::query_for(const Question& question, const std::string& domain) const
{
    auto in = [&](const expand::ListText& list) -> Result<bool> {
        if (list.empty())
            return false;
        return static_cast<bool>(TRY(list.domain(question.scene, domain)));
    };
    dns::MailHostsQuery query{.domain = domain};
    query.families = v4_only_ ? dns::Families::v4_only : dns::Families::both;
    query.mx_only = TRY(in(mx_domains_));
    query.mx_fail_is_no_mx = TRY(in(mx_fail_domains_));
    query.srv_fail_is_no_srv = TRY(in(srv_fail_domains_));
    query.dnssec_require = TRY(in(dnssec_require_));
    if (check_srv_) {
        auto service = check_srv_->expand(question.scene);
        if (!service && service.error().cause != Cause::forced_fail)
            return service.error();
        if (service)
            query.srv_service = service->text;
    }
    query.is_self = [this](std::string_view, const net::Address& address) { return ground_.is_own_address(address); };
    return query;
}

// The domain, then widened forms of it (manual 17.5).
std::vector<std::string> DnsLookup::names_to_try(const Candidate& candidate) const
{
    std::vector<std::string> names = {candidate.domain};
    for (const auto& widened : widen_domains_)
        names.push_back(candidate.domain + "." + widened);
    return names;
}

Result<Decision> DnsLookup::route(const Question& question)
{
    if (question.candidate.domain.empty() || question.candidate.domain.starts_with('['))
        return Decision::declined();
    for (const auto& name : names_to_try(question.candidate)) {
        auto found = dns::mail_hosts(ground_.resolver, TRY(query_for(question, name)), ground_.random,
                                     ground_.dns_deadline());
        if (!found)
            return temporary("host lookup did not complete: " + found.error().text);
        if (found->kind == dns::MailHosts::Kind::no_such_domain)
            continue;
        return decide(question, std::move(found).take());
    }
    return Decision::declined();
}

Result<Decision> DnsLookup::decide(const Question& question, dns::MailHosts found) const
{
    using Kind = dns::MailHosts::Kind;
    switch (found.kind) {
    case Kind::null_mx: // RFC 7505
        return Decision::failed("Domain " + question.candidate.domain + " does not accept mail (null MX)");
    case Kind::insecure:
        return Decision::deferred("the DNS answer for " + question.candidate.domain + " is not secured (dnssec_require_domains)");
    case Kind::no_such_domain:
    case Kind::no_hosts:
        if (found.from_mx && !found.self_is_best)
            return Decision::failed("all relevant MX records point to non-existent hosts");
        if (!found.self_is_best)
            return Decision::declined();
        break;
    case Kind::found:
        break;
    }
    if (check_secondary_mx_ && !found.self_is_listed) // manual 17.4: only where we are a backup
        return Decision::declined();
    std::vector<Host> hosts;
    for (const auto& host : found.hosts) {
        Host out{.name = host.name, .port = host.port, .mx = host.preference, .dnssec = host.secure};
        for (const auto& address : host.addresses)
            out.addresses.push_back(address.text());
        hosts.push_back(std::move(out));
    }
    if (found.self_is_best)
        return self_.apply(question.candidate, std::move(hosts));
    if (TRY(ignore_targets(ignored_, question.scene, hosts)))
        return Decision::failed("all host address lookups failed permanently or are ignored (ignore_target_hosts)");
    if (std::ranges::all_of(hosts, [](const Host& host) { return host.addresses.empty(); }))
        return Decision::deferred("host lookup did not complete");
    return Decision::accepted(std::move(hosts));
}

const RegisterRouter self{{
    .name = "dnslookup",
    .make = DnsLookup::make,
    .doc = "Routes to the hosts that MX, SRV or address records name for the domain.",
}};

}
}
