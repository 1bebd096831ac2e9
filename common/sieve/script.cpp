#include "common/sieve/script.h"

#include "common/sieve/parser.h"

namespace gp::sieve {

Script Script::parse(std::string_view text, const Words& words, const filter::Rules& rules)
{
    Script script;
    Parser parser(text, words, rules);
    script.steps_ = parser.script(script.fault_);
    script.has_variables_ = parser.has("variables");
    return script;
}

Result<filter::Outcome> Script::run(const Surroundings& around) const
{
    Run run(around);
    run.has_variables = has_variables_;
    const auto flow = TRY(run.obey(steps_));
    // Behind a stop that was obeyed nothing counts, errors neither.
    if (flow != Flow::stop && !fault_)
        return fault_.error();
    run.outcome().is_significant = !run.keeps();
    return std::move(run.outcome());
}

}
