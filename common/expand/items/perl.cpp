// ${perl{…}…}: calls a Perl subroutine.

#include "common/expand/detail/foreign_call.h"
#include "common/expand/item.h"

namespace gp::expand {
namespace {

const RegisterItem self{{
    .name = "perl",
    .least = 1,
    .most = 9,
    .apply = call_foreign,
    .doc = "Calls a Perl subroutine.",
}};

}
}
