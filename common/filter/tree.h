// An Exim filter once it was parsed: commands that are obeyed and tests that are made, each a node of its own
// kind. Nothing is expanded before it is needed.
#pragma once

#include <string>

#include "common/filter/nodes.h"

namespace gp::filter {

class Run;

using Step = StepOf<Run>;
using Steps = StepsOf<Run>;

// A condition. `words` is what -v shows of it.
class Test {
public:
    virtual ~Test() = default;
    virtual Result<bool> holds(Run& run) const = 0;
    virtual std::string words() const = 0;
};
using TestPtr = std::unique_ptr<Test>;
using Branch = BranchOf<Test, Run>;

}
