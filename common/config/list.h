// Lists as manual 6.20 to 6.22 write them: items between colons, "<;" changes the separator, a doubled
// separator is one of data, white space around items is dropped, an empty last item is none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gp::config {

// One item after the other, without building the list.
class ListCursor {
public:
    explicit ListCursor(std::string_view list, char separator = ':');
    // False at the end; otherwise `item` is the next one.
    bool next(std::string& item);
    char separator() const { return separator_; }

private:
    std::string_view rest_;
    char separator_;
    bool is_control_; // a control character cannot be doubled (manual 6.21)
};

std::vector<std::string> split_list(std::string_view list, char separator = ':');
// A list that split_list gives back item by item.
std::string join_list(const std::vector<std::string>& items, char separator = ':');

}
