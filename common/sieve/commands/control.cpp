// require, stop, if … elsif … else (RFC 5228 section 3).

#include "common/sieve/parser.h"
#include "common/sieve/run.h"

namespace gp::sieve {
namespace {

class Nothing final : public Step {
    Result<Flow> obey(Run&) const override { return Flow::on; }
};
class Stop final : public Step {
    Result<Flow> obey(Run&) const override { return Flow::stop; }
};

class If final : public Step {
public:
    explicit If(std::vector<Branch> branches) : branches_(std::move(branches)) {}
    Result<Flow> obey(Run& run) const override
    {
        for (const auto& branch : branches_)
            if (!branch.test || TRY(branch.test->holds(run)))
                return run.obey(branch.steps);
        return Flow::on;
    }

private:
    const std::vector<Branch> branches_;
};

Result<StepPtr> require(Parser& parser)
{
    if (parser.require_is_over())
        return parser.error("syntax error");
    for (const auto& capability : TRY(parser.string_list("capability string list expected")))
        TRY(parser.require(capability));
    TRY(parser.semicolon());
    return StepPtr(std::make_unique<Nothing>());
}

Result<StepPtr> stop(Parser& parser)
{
    TRY(parser.semicolon());
    return StepPtr(std::make_unique<Stop>());
}

Result<StepPtr> choice(Parser& parser)
{
    std::vector<Branch> branches;
    const auto made = [&] { return StepPtr(std::make_unique<If>(std::move(branches))); };
    do {
        auto test = parser.test();
        if (!test && branches.empty())
            return test.error();
        if (!test) {
            parser.break_off(test.error());
            return made();
        }
        auto steps = parser.block();
        if (!steps && branches.empty())
            return steps.error();
        if (!steps) {
            parser.break_off(steps.error());
            return made();
        }
        branches.push_back({std::move(test).take(), std::move(steps).take()});
        if (parser.is_broken())
            return made();
    } while (parser.scanner().look_word() == "elsif" && TRY(parser.scanner().word()) == "elsif");
    if (parser.scanner().look_word() == "else") {
        TRY(parser.scanner().word());
        auto steps = parser.block();
        if (steps)
            branches.push_back({nullptr, std::move(steps).take()});
        else
            parser.break_off(steps.error());
    }
    return made();
}

const RegisterCommand commands[] = {
    RegisterCommand{{.name = "require", .parse = require, .doc = "Names the extensions that the script uses."}},
    RegisterCommand{{.name = "stop", .parse = stop, .doc = "Ends the script."}},
    RegisterCommand{{.name = "if", .parse = choice, .doc = "Commands under a condition."}},
};

}
}
