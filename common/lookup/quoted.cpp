#include "common/lookup/quoted.h"

#include "common/base/digits.h"

namespace gp::lookup {
namespace {

char read_octal(std::string_view text, std::size_t& at)
{
    int value = 0;
    for (int digits = 0; digits < 3 && at < text.size() && is_octal(text[at]); ++digits)
        value = value * 8 + (text[at++] - '0');
    return static_cast<char>(value & 0xff);
}

char read_hex(std::string_view text, std::size_t& at)
{
    int value = 0;
    for (int digits = 0; digits < 2 && at < text.size() && hex_value(text[at]) >= 0; ++digits)
        value = value * 16 + hex_value(text[at++]);
    return static_cast<char>(value);
}

}

char read_escape(std::string_view text, std::size_t& at)
{
    ++at;
    if (is_octal(text[at]))
        return read_octal(text, at);
    const char c = text[at++];
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    case 'x':
        return read_hex(text, at);
    default:
        return c;
    }
}

std::string read_quoted(std::string_view text, std::size_t& at)
{
    std::string out;
    ++at;
    while (at < text.size() && text[at] != '"') {
        if (text[at] == '\\' && at + 1 < text.size())
            out += read_escape(text, at);
        else
            out += text[at++];
    }
    if (at < text.size())
        ++at;
    return out;
}

std::string read_word(std::string_view text, std::size_t& at)
{
    if (at < text.size() && text[at] == '"')
        return read_quoted(text, at);
    const auto from = at;
    while (at < text.size() && !is_space(text[at]))
        ++at;
    return std::string(text.substr(from, at - from));
}

}
