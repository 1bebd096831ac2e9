// An Exim filter once it was parsed: commands that are obeyed and tests that are made, each a node of its own
// kind. Nothing is expanded before it is needed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace gp::filter {

class Run;

enum class Flow { on, stop };

class Step {
public:
    virtual ~Step() = default;
    virtual Result<Flow> obey(Run& run) const = 0;
};
using Steps = std::vector<std::unique_ptr<Step>>;

// A condition. `words` is what -v shows of it.
class Test {
public:
    virtual ~Test() = default;
    virtual Result<bool> holds(Run& run) const = 0;
    virtual std::string words() const = 0;
};
using TestPtr = std::unique_ptr<Test>;

}
