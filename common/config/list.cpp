#include "common/config/list.h"

#include "common/base/text.h"

namespace gp::config {
namespace {

bool is_control(char c)
{
    const auto octet = static_cast<unsigned char>(c);
    return octet < 32 || octet == 127;
}

bool is_punctuation(char c)
{
    return is_printable(c) && c != ' ' && !is_alnum(c);
}

// White space around items; a separator that is itself white space is none.
bool is_padding(char c, char separator)
{
    return is_space(c) && c != separator;
}

}

ListCursor::ListCursor(std::string_view list, char separator) : rest_(list), separator_(separator)
{
    const auto start = rest_.find_first_not_of(" \t\r\n\v\f");
    if (start != std::string_view::npos && rest_[start] == '<' && start + 1 < rest_.size() &&
        (is_punctuation(rest_[start + 1]) || is_control(rest_[start + 1]))) {
        separator_ = rest_[start + 1];
        rest_.remove_prefix(start + 2);
    } else if (start != std::string_view::npos && rest_.substr(start) == "<") {
        rest_ = {}; // the end of the text is the separator: no item
    }
    is_control_ = is_control(separator_);
}

bool ListCursor::next(std::string& item)
{
    item.clear();
    while (!rest_.empty() && is_padding(rest_.front(), separator_))
        rest_.remove_prefix(1);
    if (rest_.empty()) // an empty item at the end is none (manual 6.22)
        return false;
    std::size_t at = 0;
    for (; at < rest_.size(); ++at) {
        if (rest_[at] != separator_) {
            item += rest_[at];
            continue;
        }
        if (is_control_ || at + 1 >= rest_.size() || rest_[at + 1] != separator_)
            break;
        item += separator_;
        ++at;
    }
    rest_.remove_prefix(std::min(at + 1, rest_.size()));
    while (!item.empty() && is_padding(item.back(), separator_))
        item.pop_back();
    return true;
}

std::vector<std::string> split_list(std::string_view list, char separator)
{
    std::vector<std::string> items;
    ListCursor cursor(list, separator);
    std::string item;
    while (cursor.next(item))
        items.push_back(item);
    return items;
}

std::string join_list(const std::vector<std::string>& items, char separator)
{
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0)
            out += ' ';
        for (const char c : items[i])
            out.append(c == separator ? 2 : 1, c);
        if (i + 1 < items.size() || items[i].empty())
            out += std::string(" ") + separator;
    }
    return out;
}

}
