// The expanded options of a delivery, read with the types that their names have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/duration.h"
#include "common/base/result.h"
#include "router/expansion_protocol.h"

namespace gp::local {

class Options {
public:
    explicit Options(const std::vector<router::Option>& options) : options_(options) {}
    bool has(std::string_view name) const { return find(name) != nullptr; }
    std::string text(std::string_view name, std::string_view initial = {}) const;
    std::vector<std::string> all(std::string_view name) const; // of a repeated name: a command's words
    // A value that is not what it should be is a temporary error that names the option.
    Result<bool> flag(std::string_view name, bool initial) const;
    Result<std::int64_t> size(std::string_view name, std::int64_t initial) const; // numbers, K, M, G
    Result<std::uint32_t> mode(std::string_view name, std::uint32_t initial) const; // octal
    Result<Duration> time(std::string_view name, Duration initial) const;

private:
    const std::string* find(std::string_view name) const;
    const std::vector<router::Option>& options_;
};

}
