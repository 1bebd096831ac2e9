// ${headerwrap_COLUMNS_LIMIT:…}: folds a header line at 80 columns or as told, to at most 998 octets.

#include "common/base/text.h"
#include "common/expand/detail/slices.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

constexpr std::int64_t usual_columns = 80, usual_limit = 998; // RFC 5322 section 2.1.1

// The place at which the first line ends: the last blank within the columns, else the limit.
std::size_t break_at(std::string_view text, std::size_t columns, std::size_t limit)
{
    const auto blank = text.rfind(' ', columns);
    if (blank != std::string_view::npos && blank > 0)
        return blank;
    const auto later = text.find_first_of(" \t", columns);
    return std::min(later == std::string_view::npos ? text.size() : later, limit);
}

Result<Text> wrap(const OperatorCall& call)
{
    auto columns = usual_columns, limit = usual_limit;
    if (call.has_argument) {
        const auto numbers =
            TRY(operator_numbers(call.argument, true, call.as_written, "headerwrap", 2, false));
        columns = numbers.first;
        limit = numbers.second.value_or(limit);
    }
    if (columns < 1 || limit < 1)
        return misconfigured("the numbers of \"headerwrap\" must be greater than zero");
    std::string out;
    std::string_view rest = call.subject.text;
    auto room = static_cast<std::size_t>(columns);
    const auto hard = static_cast<std::size_t>(limit);
    while (rest.size() > room) {
        const auto end = break_at(rest, room, hard);
        out += rest.substr(0, end);
        rest.remove_prefix(end);
        while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t'))
            rest.remove_prefix(1);
        if (!rest.empty())
            out += "\n\t";
        room = static_cast<std::size_t>(columns) > 8 ? static_cast<std::size_t>(columns) - 8 : 1; // the tab
    }
    out += rest;
    return call.same_taint(std::move(out));
}

const RegisterOperator self{{
    .name = "headerwrap",
    .apply = wrap,
    .doc = "headerwrap_COLUMNS_LIMIT: folds a header line.",
}};

}
}
