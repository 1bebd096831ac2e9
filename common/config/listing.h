// Settings back to text, in the form of Exim's -bP: "name = value", "name" or "no_name" for switches.
#pragma once

#include <string>

#include "common/config/param.h"

namespace gp::config {

struct ListingStyle {
    bool shows_hidden = false; // the caller is an administrator
    bool names_only = false;   // -n: values alone, where Exim leaves the name out
};

// The value as text: what parse_value would read, but for quotes. Empty when unset.
std::string plain_value(const Option& option, const Value& value);
// The line that an error message repeats: as the file may have had it, but for what is hidden.
std::string show_line(const Setting& setting);
// One line, without its newline, control characters as \n, \t, \ooo.
std::string show_setting(const Setting& setting, const ListingStyle& style = {});
// Every setting of a table in order of name, one a line. Options that Exim does not know come last.
std::string show_settings(const Settings& settings, const ListingStyle& style = {});
// A line that reads back as the same setting, for files: quoted where it must be.
std::string write_setting(const Setting& setting);

}
