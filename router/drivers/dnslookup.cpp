// dnslookup: to the hosts that the domain name system names for the domain (manual chapter 17).

#include "common/base/text.h"
#include "common/mail/alabel.h"
#include "router/host_finder.h"
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
    Result<Decision> decide(const Question& question, const dns::MailHosts& found, const std::string& asked) const;
    Result<Decision> nothing_found(const Question& question, const dns::MailHosts& last) const;
    std::vector<std::string> names_to_try(const Question& question) const;

    const Ground& ground_;
    SelfRule self_;
    expand::ListText ignored_, mx_domains_, mx_fail_domains_, dnssec_require_, srv_fail_domains_, fail_defer_domains_;
    std::optional<expand::Expression> check_srv_, v4_only_, v4_prefer_;
    bool check_secondary_mx_ = false, qualify_single_ = true, search_parents_ = false, rewrite_headers_ = true;
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
    made->v4_only_ = TRY(expression_of(ground, instance, "ipv4_only"));
    made->v4_prefer_ = TRY(expression_of(ground, instance, "ipv4_prefer"));
    made->check_secondary_mx_ = settings.flag("check_secondary_mx");
    made->qualify_single_ = settings.flag("qualify_single");
    made->search_parents_ = settings.flag("search_parents");
    made->rewrite_headers_ = settings.flag("rewrite_headers");
    made->widen_domains_ = settings.list("widen_domains");
    return std::unique_ptr<Router>{std::move(made)};
}

Result<bool> is_on(const std::optional<expand::Expression>& option, expand::Scene& scene)
{
    if (!option)
        return false;
    auto words = option->expand(scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return false;
    if (!words)
        return words.error();
    return expand::is_true(words->text);
}

Result<dns::MailHostsQuery> DnsLookup::query_for(const Question& question, const std::string& domain) const
{
    auto in = [&](const expand::ListText& list) -> Result<bool> {
        if (list.empty())
            return false;
        return static_cast<bool>(TRY(list.domain(question.scene, domain)));
    };
    dns::MailHostsQuery query{.domain = domain};
    query.families = TRY(is_on(v4_only_, question.scene)) ? dns::Families::v4_only : dns::Families::both;
    query.prefer_v6 = !TRY(is_on(v4_prefer_, question.scene));
    query.mx_only = TRY(in(mx_domains_));
    query.mx_fail_is_no_mx = TRY(in(mx_fail_domains_));
    query.srv_fail_is_no_srv = TRY(in(srv_fail_domains_));
    query.dnssec_require = TRY(in(dnssec_require_));
    query.allow_mx_to_ip = ground_.configuration.main.resolver.allow_mx_to_ip;
    if (check_srv_) {
        auto service = check_srv_->expand(question.scene);
        if (!service && service.error().cause != Cause::forced_fail)
            return service.error();
        if (service)
            query.srv_service = service->text;
    }
    return query;
}

// The domain, completed forms of it (manual 17.4), then widened ones. A sender that is being verified is
// not widened, for its address in the headers could not be rewritten.
std::vector<std::string> DnsLookup::names_to_try(const Question& question) const
{
    const auto& domain = question.candidate.domain;
    std::vector<std::string> names = {domain};
    const auto& search = ground_.parameters.dns_search;
    if (qualify_single_ && domain.find('.') == std::string::npos && !search.empty())
        names.push_back(domain + "." + search[0]);
    if (search_parents_ && !search.empty())
        for (std::string_view parent = search[0]; parent.find('.') != std::string_view::npos;
             parent.remove_prefix(parent.find('.') + 1))
            names.push_back(domain + "." + std::string(parent));
    if (!question.verifying_sender || !rewrite_headers_)
        for (const auto& widened : widen_domains_)
            names.push_back(domain + "." + widened);
    return names;
}

Result<Decision> DnsLookup::route(const Question& question)
{
    if (question.candidate.domain.empty()) // qualified with something that ends in @
        return Decision::failed("mail domain \"\" is syntactically invalid");
    if (question.candidate.domain.starts_with('['))
        return Decision::declined("mail domain \"" + question.candidate.domain + "\" is syntactically invalid");
    dns::MailHosts last;
    for (const auto& name : names_to_try(question)) {
        auto query = TRY(query_for(question, name));
        if (!mail::is_ascii(name)) // allow_utf8_domains
            query.domain = mail::domain_to_alabel(name).value_or(name);
        std::optional<Error> failed;
        query.is_self = [&](std::string_view host, const net::Address& address) {
            auto named = is_treated_as_local(ground_, question.scene, host);
            if (!named)
                failed = named.error();
            return (named && *named) || ground_.is_own_address(address);
        };
        query.is_ignored = [&](const net::Address& address) {
            if (ignored_.empty())
                return false;
            auto match = ignored_.ip(question.scene, address.text());
            if (!match)
                failed = match.error();
            return match && *match;
        };
        auto found = dns::mail_hosts(ground_.resolver, query, ground_.random, ground_.dns_deadline());
        if (failed)
            return *failed;
        if (!found)
            return Decision::dns_trouble("host lookup did not complete", 0);
        if (found->owner == query.domain)
            found->owner = name;
        if (found->kind == dns::MailHosts::Kind::found)
            return decide(question, *found, name);
        if (found->kind == dns::MailHosts::Kind::insecure)
            return Decision::deferred("host lookup done insecurely");
        if (last.kind == dns::MailHosts::Kind::no_hosts && !last.from_mx)
            last = std::move(found).take();
    }
    return nothing_found(question, last);
}

// The router declines; some texts say more than "Unrouteable address" (manual 17.2).
Result<Decision> DnsLookup::nothing_found(const Question& question, const dns::MailHosts& last) const
{
    if (!fail_defer_domains_.empty() && TRY(fail_defer_domains_.domain(question.scene, question.candidate.domain)))
        return Decision::unknown_host("missing MX, or all MXs point to missing A records, and defer requested");
    if (last.kind == dns::MailHosts::Kind::null_mx) // RFC 7505
        return Decision::declined("an MX or SRV record indicated no SMTP service");
    if (last.from_mx)
        return Decision::declined(std::string("all relevant MX records point to non-existent hosts") +
                                  (last.named_address && !ground_.configuration.main.resolver.allow_mx_to_ip
                                       ? " or (invalidly) to IP addresses"
                                       : ""));
    return Decision::declined();
}

Result<Decision> DnsLookup::decide(const Question& question, const dns::MailHosts& found, const std::string& asked) const
{
    if (check_secondary_mx_ && (!found.self_is_listed || found.self_is_best)) // we are to be a backup
        return Decision::declined();
    // A domain that was completed is routed anew under its whole name (manual 17.4).
    if (const auto& whole = found.owner.empty() ? asked : found.owner;
        whole != question.candidate.domain && !whole.starts_with('*'))
        return Decision::rerouted(question.candidate, whole, rewrite_headers_);
    std::vector<Host> hosts;
    for (const auto& host : found.self_is_best ? found.hosts_with_self : found.hosts) {
        Host out{.name = host.name, .port = host.port, .mx = host.preference, .dnssec = host.secure, .is_named_surely = host.named_securely,
                 .certificate_name = host.certificate_name};
        for (const auto& address : host.addresses)
            out.addresses.push_back(address.text());
        hosts.push_back(std::move(out));
    }
    if (found.self_is_best)
        return self_.apply(question.candidate, std::move(hosts));
    return Decision::accepted(std::move(hosts));
}

const RegisterRouter self{{
    .name = "dnslookup",
    .make = DnsLookup::make,
    .doc = "Routes to the hosts that MX, SRV or address records name for the domain.",
}};

}
}
