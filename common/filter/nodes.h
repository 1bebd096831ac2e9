// The nodes of which the trees of both filter languages are made: steps that are obeyed in a run of that
// language, and the branches of an if.
#pragma once

#include <memory>
#include <vector>

#include "common/base/result.h"

namespace gp::filter {

enum class Flow { on, stop };

template <class Run>
class StepOf {
public:
    virtual ~StepOf() = default;
    virtual Result<Flow> obey(Run& run) const = 0;
};
template <class Run>
using StepsOf = std::vector<std::unique_ptr<StepOf<Run>>>;

template <class Test, class Run>
struct BranchOf {
    std::unique_ptr<Test> test; // null: else
    StepsOf<Run> steps;
};

// Step by step until one stops the run; each counts.
template <class Run>
Result<Flow> obey_all(Run& run, const StepsOf<Run>& steps)
{
    for (const auto& step : steps) {
        TRY(run.count_step());
        if (TRY(step->obey(run)) == Flow::stop)
            return Flow::stop;
    }
    return Flow::on;
}

}
