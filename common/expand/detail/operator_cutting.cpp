#include "common/expand/detail/operator_cutting.h"

#include "common/expand/detail/slices.h"

namespace gp::expand {

Result<OperatorNumbers> numbers_of_operator(const OperatorCall& call, std::string_view name, unsigned most,
                                            bool may_be_negative)
{
    const auto shown = call.has_argument ? name : call.as_written;
    return operator_numbers(call.argument, call.has_argument, call.as_written, shown, most, may_be_negative);
}

}
