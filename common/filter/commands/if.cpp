// if CONDITION then … elif CONDITION then … else … endif

#include "common/filter/command.h"
#include "common/filter/parser.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

class If final : public Step {
public:
    explicit If(std::vector<Branch> branches) : branches_(std::move(branches)) {}
    Result<Flow> obey(Run& run) const override
    {
        // $thisaddress lives as long as the if that set it (filter manual 3.26).
        const auto* found = run.scene().facts.find("thisaddress");
        const auto before = found ? std::optional<Text>(*found) : std::nullopt;
        auto flow = choose(run);
        if (before)
            run.scene().facts.set("thisaddress", *before);
        else
            run.scene().facts.erase("thisaddress");
        return flow;
    }

private:
    Result<Flow> choose(Run& run) const
    {
        for (const auto& branch : branches_) {
            if (branch.test) {
                TRY(run.count_step());
                const bool holds = TRY(branch.test->holds(run));
                run.explain_test("Condition", *branch.test, holds);
                if (!holds)
                    continue;
            }
            run.deeper();
            auto flow = run.obey(branch.steps);
            run.shallower();
            return flow;
        }
        return Flow::on;
    }

    const std::vector<Branch> branches_;
};

Result<std::unique_ptr<Step>> parse(Parser& parser, const Prefix&)
{
    TRY(parser.enter());
    std::vector<Branch> branches;
    do {
        Branch branch;
        branch.test = TRY(parser.condition(false));
        branch.steps = TRY(parser.block());
        branches.push_back(std::move(branch));
    } while (parser.end_word() == "elif");
    if (parser.end_word() == "else") {
        auto block = TRY(parser.block());
        branches.push_back({nullptr, std::move(block)});
        if (parser.end_word() != "endif")
            return parser.reader().near("\"endif\" missing");
    }
    parser.leave();
    return std::unique_ptr<Step>(std::make_unique<If>(std::move(branches)));
}

const RegisterCommand self{{.name = "if", .takes_prefix = false, .parse = parse, .doc = "Obeys commands under a condition."}};

}
}
