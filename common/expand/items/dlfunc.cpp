// ${dlfunc{…}…}: calls a function of a library.

#include "common/expand/detail/foreign_call.h"
#include "common/expand/item.h"

namespace gp::expand {
namespace {

const RegisterItem self{{
    .name = "dlfunc",
    .least = 2,
    .most = 10,
    .apply = call_foreign,
    .doc = "Calls a function of a library.",
}};

}
}
