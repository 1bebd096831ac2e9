// A Sieve script once it was parsed.
#pragma once

#include "common/filter/nodes.h"

namespace gp::sieve {

class Run;

using filter::Flow;
using Step = filter::StepOf<Run>;
using StepPtr = std::unique_ptr<Step>;
using Steps = filter::StepsOf<Run>;

class Test {
public:
    virtual ~Test() = default;
    virtual Result<bool> holds(Run& run) const = 0;
};
using TestPtr = std::unique_ptr<Test>;
using Branch = filter::BranchOf<Test, Run>;

}
