// Rows of SQL results as text, the same for every data base (manual 9.21): one column as it is, several as
// name=value pairs, rows parted by newlines.
#pragma once

#include <string>
#include <string_view>

namespace gp::lookup {

class SqlText {
public:
    explicit SqlText(std::size_t largest) : largest_(largest) {}
    void begin_row();
    void add(std::string_view column, std::string_view value, std::size_t columns);
    bool has_rows() const { return has_rows_; }
    bool is_too_large() const { return text_.size() > largest_; }
    std::string take() && { return std::move(text_); }

private:
    std::size_t largest_;
    std::string text_;
    bool has_rows_ = false;
};

// In double quotes if it is empty, holds white space or begins with a quote.
std::string quoted_if_needed(std::string_view value);

}
