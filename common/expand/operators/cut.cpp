// ${substr_3_2:…} (s), ${length_3:…} (l), ${hash_3_26:…} (h), ${nhash_8_64:…} (nh).

#include "common/expand/detail/slices.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

// The full names are items too; as operators they want their numbers behind an underscore.
Result<OperatorNumbers> numbers(const OperatorCall& call, std::string_view name, unsigned most, bool may_be_negative)
{
    const auto shown = call.has_argument ? name : call.as_written;
    return operator_numbers(call.argument, call.has_argument, call.as_written, shown, most, may_be_negative);
}

Result<Text> substr(const OperatorCall& call)
{
    const auto [start, length] = TRY(numbers(call, "substr", 2, true));
    return call.same_taint(std::string(substring(call.subject.text, start, length)));
}

Result<Text> length(const OperatorCall& call)
{
    const auto wanted = TRY(numbers(call, "length", 1, false)).first;
    return call.same_taint(std::string(substring(call.subject.text, 0, wanted)));
}

Result<Text> hash(const OperatorCall& call)
{
    const auto [size, letters] = TRY(numbers(call, call.as_written, 2, false));
    return call.same_taint(TRY(text_hash(call.subject.text, size, letters)));
}

Result<Text> nhash(const OperatorCall& call)
{
    const auto [first, second] = TRY(numbers(call, call.as_written, 2, false));
    return Text::clean(TRY(numeric_hash(call.subject.text, first, second)));
}

const RegisterOperator operators[] = {
    RegisterOperator{{.name = "substr", .apply = substr, .doc = "substr_START_LENGTH: a part of the text."}},
    RegisterOperator{{.name = "s", .apply = substr, .doc = "Short for substr."}},
    RegisterOperator{{.name = "length", .apply = length, .doc = "length_N: the first N octets."}},
    RegisterOperator{{.name = "l", .apply = length, .doc = "Short for length."}},
    RegisterOperator{{.name = "hash", .apply = hash, .doc = "hash_N_M: a textual hash of N characters."}},
    RegisterOperator{{.name = "h", .apply = hash, .doc = "Short for hash."}},
    RegisterOperator{{.name = "nhash", .apply = nhash, .doc = "nhash_N_M: a number below N, or two numbers."}},
    RegisterOperator{{.name = "nh", .apply = nhash, .doc = "Short for nhash."}},
};

}
}
