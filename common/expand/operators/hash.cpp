// ${hash:…}, ${h:…}: hash_N_M: a textual hash of N characters.

#include "common/expand/detail/operator_cutting.h"
#include "common/expand/detail/slices.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> textual_hash(const OperatorCall& call)
{
    const auto [size, letters] = TRY(numbers_of_operator(call, call.as_written, 2, false));
    return call.same_taint(TRY(text_hash(call.subject.text, size, letters)));
}

const RegisterOperator self{{
    .name = "hash",
    .apply = textual_hash,
    .doc = "hash_N_M: a textual hash of N characters.",
}};

const RegisterOperator synonym{{
    .name = "h",
    .apply = textual_hash,
    .doc = "Short for hash.",
}};

}
}
