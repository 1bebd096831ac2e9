// ${perl{subroutine}{argument}…}, ${dlfunc{file}{function}{argument}…}: code from outside, run by the scene's
// ForeignCode; where there is none they are refused.
#pragma once

#include "common/expand/item.h"
#include "common/expand/scene.h"

namespace gp::expand {

// Has the ForeignCode of the scene do what the item says. No value: a forced failure.
Result<Text> call_foreign(const ItemCall& call);

}
