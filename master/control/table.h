// A listing: aligned columns for people, or an array of objects for --json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/json.h"

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

std::string json_value(const Cell& cell);

// All of it to standard output; false when that failed.
bool print(std::string_view text);

}
