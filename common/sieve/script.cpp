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

filter::Outcome Script::outcome(const Surroundings& around, Status& fault) const
{
    Run run(around);
    run.has_variables = has_variables_;
    const auto flow = run.obey(steps_);
    // Behind a stop that was obeyed nothing counts, errors neither.
    if (!flow)
        fault = flow.error();
    else if (*flow != Flow::stop)
        fault = fault_;
    run.outcome().is_significant = fault && !run.keeps();
    return std::move(run.outcome());
}

Result<filter::Outcome> Script::run(const Surroundings& around) const
{
    Status fault;
    auto asked = outcome(around, fault);
    TRY(fault);
    return asked;
}

Result<filter::Outcome> Script::obey(const Surroundings& around) const
{
    Status fault;
    auto asked = outcome(around, fault);
    if (fault)
        return asked;
    if (fault.error().blame == Blame::temporary)
        return fault.error();
    asked.text = fault.error().text;
    return asked;
}

}
