// Backslashes and double quotes as Exim reads them in configuration strings, look-up keys, extracted values
// and expansions (manual 6.17, 11.2).
#pragma once

#include <string>
#include <string_view>

namespace gp::lookup {

// `at` is on a backslash that is not the last character; it is moved behind the escape. \n \t \r \b \f \v,
// up to three octal or \x and up to two hexadecimal digits; any other character stands for itself.
char read_escape(std::string_view text, std::size_t& at);

// `at` is on a double quote; it is moved behind the closing one, or to the end when there is none.
std::string read_quoted(std::string_view text, std::size_t& at);

// A value that is quoted if it begins with a double quote, and else ends at white space.
std::string read_word(std::string_view text, std::size_t& at);

}
