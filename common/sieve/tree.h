// A Sieve script once it was parsed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace gp::sieve {

class Run;

enum class Flow { on, stop };

class Step {
public:
    virtual ~Step() = default;
    virtual Result<Flow> obey(Run& run) const = 0;
};
using StepPtr = std::unique_ptr<Step>;
using Steps = std::vector<StepPtr>;

class Test {
public:
    virtual ~Test() = default;
    virtual Result<bool> holds(Run& run) const = 0;
};
using TestPtr = std::unique_ptr<Test>;

}
