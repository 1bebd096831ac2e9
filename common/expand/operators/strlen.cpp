// ${strlen:…}: how many octets.

#include "common/expand/operator.h"

namespace gp::expand {
namespace {

const RegisterOperator self{{
    .name = "strlen",
    .apply = [](const OperatorCall& call) -> Result<Text> {
        return Text::clean(std::to_string(call.subject.text.size()));
    },
    .doc = "The length in octets.",
}};

}
}
