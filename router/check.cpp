#include "router/check.h"

#include "router/acl_policy.h"
#include "router/system_filter.h"
#include "router/world.h"

namespace gp::router {
namespace {

// Nothing is looked up while a configuration is read.
class NoResolver final : public dns::Resolver {
public:
    Result<dns::Answer> lookup(std::string_view, dns::Type, event::Deadline) override
    {
        return temporary("no name is looked up during a check");
    }
};

}

config::Problems check(std::shared_ptr<const conf::Configuration> configuration, const Parameters& parameters)
{
    config::Problems problems;
    NoResolver resolver;
    const SystemClock clock;
    auto world = World::make(std::move(configuration), parameters, resolver, clock);
    if (!world) {
        problems.error({}, "", world.error().text);
        return problems;
    }
    if (const auto* filter = (*world)->system_filter())
        if (const auto good = filter->check(); !good)
            problems.error({}, "", good.error().text);
    const Authenticators authenticators{**world, problems};
    AclPolicy policy{**world, authenticators, problems};
    return problems;
}

}
