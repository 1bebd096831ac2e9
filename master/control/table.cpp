#include "master/control/table.h"

#include <unistd.h>

#include <algorithm>

#include "common/base/octets.h"
#include "common/base/utf8.h"

namespace gp::control {
namespace {

std::string shown(const Cell& cell)
{
    if (const auto* text = std::get_if<std::string>(&cell))
        return *text;
    if (const auto* number = std::get_if<std::int64_t>(&cell))
        return std::to_string(*number);
    return std::get<bool>(cell) ? "yes" : "no";
}

bool is_number(const Cell& cell)
{
    return std::holds_alternative<std::int64_t>(cell);
}

void pad(std::string& line, std::string_view text, std::size_t width, bool to_the_right)
{
    const std::string blanks(width - std::min(width, text.size()), ' ');
    line += to_the_right ? blanks + std::string(text) : std::string(text) + blanks;
}

std::string without_end_blanks(std::string line)
{
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

}

std::string Table::text() const
{
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        widths.push_back(columns_[i].heading.size());
        for (const auto& row : rows_)
            widths[i] = std::max(widths[i], shown(row[i]).size());
    }
    std::string out, line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        pad(line, columns_[i].heading, widths[i], !rows_.empty() && is_number(rows_[0][i]));
        line += "  ";
    }
    out += without_end_blanks(line);
    for (const auto& row : rows_) {
        line.clear();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            pad(line, shown(row[i]), widths[i], is_number(row[i]));
            line += "  ";
        }
        out += without_end_blanks(line);
    }
    return out;
}

std::string Table::json() const
{
    std::string out = "[";
    for (const auto& row : rows_) {
        std::vector<std::pair<std::string, std::string>> members;
        for (std::size_t i = 0; i < columns_.size(); ++i)
            members.emplace_back(columns_[i].key, json_value(row[i]));
        out += (out.size() > 1 ? "," : "") + json_object(members);
    }
    return out + "]";
}

std::string json_value(const Cell& cell)
{
    if (const auto* text = std::get_if<std::string>(&cell))
        return json_quoted(*text);
    if (const auto* number = std::get_if<std::int64_t>(&cell))
        return std::to_string(*number);
    return std::get<bool>(cell) ? "true" : "false";
}

bool print(std::string_view text)
{
    return static_cast<bool>(write_all(STDOUT_FILENO, text, "standard output"));
}

}
