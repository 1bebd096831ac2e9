// How tests are put together: not, and, or, brackets, and a comparison of two texts. Each says with -v what it
// found.
#pragma once

#include "common/filter/condition.h"
#include "common/filter/tree.h"

namespace gp::filter {

struct Compared {
    std::string left, right;
    Comparison comparison; // a copy: the words may go before the filter runs
    bool is_caseful = false;
    bool negated = false;
    std::string shown; // the words between the two, as written
};

TestPtr compared(Compared what);
TestPtr denied(TestPtr test);
TestPtr bracketed(TestPtr test, bool negated);
TestPtr all_of(std::vector<TestPtr> tests);
TestPtr any_of(std::vector<TestPtr> tests);

}
