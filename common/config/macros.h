// The macros of a configuration (manual 6.4 to 6.10): defined in the file, on the command line, or built
// in, and substituted in every physical line in the order of their definition.
//
// Built-in macros come before all others. They begin with an underscore, and where the name of one begins
// the name of another, the longer one is meant.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/result.h"
#include "common/base/text.h"
#include "common/config/origin.h"

namespace gp::config {

struct Macro {
    std::string name;
    std::string value;
    bool from_command_line = false;
    bool is_built_in = false;
    mutable bool is_used = false; // it was substituted, or a condition asked for it
    Origin origin;
};

class Macros {
public:
    // Exim's own bound.
    static constexpr std::size_t longest_name = 63;

    // The built-in ones; before anything else is defined.
    void add_built_in(std::string name, std::string value = "y");
    // -D NAME or -D NAME=VALUE: wins over every definition in the file.
    Status define_on_command_line(std::string_view definition);
    // NAME = value (or ==) in the file. The error says which rule of manual 6.4 to 6.6 is broken.
    Status define(std::string_view name, std::string_view value, bool redefine, Origin origin);

    // Substitutes in place, each macro once, in order. True when there was any substitution. An error
    // when the line would grow beyond `most` octets.
    Result<bool> substitute(std::string& line, std::size_t most) const;

    // In order of definition; built-in ones last.
    const std::vector<Macro>& all() const { return macros_; }
    const std::vector<Macro>& built_in() const { return built_in_; }
    const Macro* find(std::string_view name) const;

private:
    bool substitute_built_in(std::string& line) const;
    Status add(Macro macro);

    std::vector<Macro> macros_;
    std::vector<std::uint64_t> letters_; // beside macros_: the set of characters of each name
    std::vector<Macro> built_in_;
    std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> names_;    // into macros_
    std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> built_in_names_;
};

}
