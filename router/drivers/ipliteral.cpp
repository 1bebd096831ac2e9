// ipliteral: to the host that an address literal names (manual chapter 18).

#include "common/mail/address.h"
#include "router/self_host.h"

namespace gp::router {
namespace {

class IpLiteral final : public Router {
public:
    static Result<std::unique_ptr<Router>> make(const Ground& ground, const conf::Driver& instance)
    {
        std::unique_ptr<IpLiteral> made{new IpLiteral(ground)};
        made->self_ = TRY(SelfRule::read(instance));
        made->ignored_ = TRY(list_of(ground, instance, "ignore_target_hosts", match::Kind::host));
        return std::unique_ptr<Router>{std::move(made)};
    }

    Result<Decision> route(const Question& question) override
    {
        const auto text = mail::domain_literal_of(question.candidate.domain);
        const auto address = net::Address::parse_literal(text);
        if (text.empty() || !address)
            return Decision::declined();
        std::vector<Host> hosts = {{.name = question.candidate.domain, .addresses = {address->text()}}};
        if (TRY(ignore_targets(ignored_, question.scene, hosts)))
            return Decision::declined();
        if (is_this_machine(ground_, hosts[0]))
            return self_.apply(question.candidate, std::move(hosts));
        return Decision::accepted(std::move(hosts));
    }

private:
    explicit IpLiteral(const Ground& ground) : ground_(ground) {}
    const Ground& ground_;
    SelfRule self_;
    expand::ListText ignored_;
};

const RegisterRouter self{{
    .name = "ipliteral",
    .make = IpLiteral::make,
    .doc = "Routes an address literal to the host that it names.",
}};

}
}
