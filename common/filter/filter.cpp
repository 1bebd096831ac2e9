#include "common/filter/filter.h"

#include "common/filter/parser.h"

namespace gp::filter {

Result<Filter> Filter::parse(std::string_view text, const Words& words, const Rules& rules)
{
    Filter filter;
    filter.steps_ = TRY(Parser(words, rules, text, 1).file());
    return filter;
}

Result<Outcome> Filter::run(const Surroundings& around) const
{
    const auto* message = around.scene.message;
    Run run(around);
    auto flow = run.obey(steps_);
    around.scene.message = message;
    if (!flow)
        return flow.error();
    return std::move(run.outcome());
}

}
