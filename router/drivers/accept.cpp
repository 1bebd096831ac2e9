// accept: takes every address that its preconditions let through (manual chapter 16).

#include "router/driver.h"

namespace gp::router {
namespace {

class Accept final : public Router {
public:
    Result<Decision> route(const Question&) override { return Decision::accepted(); }
};

const RegisterRouter self{{
    .name = "accept",
    .make = [](const Ground&, const conf::Driver&) -> Result<std::unique_ptr<Router>> {
        return std::unique_ptr<Router>{std::make_unique<Accept>()};
    },
    .doc = "Accepts every address that its preconditions let through.",
}};

}
}
