// ${listcount:…}: how many items a list has.

#include "common/config/list.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> listcount(const OperatorCall& call)
{
    return Text::clean(std::to_string(config::split_list(call.subject.text).size()));
}

const RegisterOperator self{{
    .name = "listcount",
    .apply = listcount,
    .doc = "How many items a list has.",
}};

}
}
