#include "common/lookup/sql_row.h"

#include "common/base/text.h"

namespace gp::lookup {

void SqlText::begin_row()
{
    if (has_rows_)
        text_ += '\n';
    has_rows_ = true;
}

void SqlText::add(std::string_view column, std::string_view value, std::size_t columns)
{
    if (columns == 1)
        text_ += value;
    else
        text_.append(column).append("=").append(quoted_if_needed(value)).append(" ");
}

std::string quoted_if_needed(std::string_view value)
{
    bool needs = value.empty() || value.front() == '"';
    for (const char c : value)
        needs = needs || is_space(c);
    if (!needs)
        return std::string(value);
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out + '"';
}

}
