// A listing: aligned columns for people, or an array of objects for --json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gp::control {

using Cell = std::variant<std::string, std::int64_t, bool>;

class Table {
public:
    struct Column {
        std::string heading; // for people
        std::string key;     // for --json
    };
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
    bool empty() const { return rows_.empty(); }
    std::string text() const;
    std::string json() const; // "[{…},{…}]"

private:
    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

// A JSON string with its quotes; octets that are not UTF-8 become U+FFFD.
std::string json_quoted(std::string_view text);
std::string json_value(const Cell& cell);
// {"a":1,"b":[…]} of keys and values that are JSON already.
std::string json_object(const std::vector<std::pair<std::string, std::string>>& members);

// All of it to standard output; false when that failed.
bool print(std::string_view text);

}
