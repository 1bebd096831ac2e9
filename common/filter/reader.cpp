#include "common/filter/reader.h"

#include "common/base/text.h"

namespace gp::filter {
namespace {

bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = to_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}

void Reader::skip()
{
    while (!at_end()) {
        if (text_[at_] == '#') {
            while (!at_end() && text_[at_] != '\n')
                ++at_;
            continue;
        }
        if (!is_space(text_[at_]))
            return;
        line_ += text_[at_++] == '\n';
    }
}

void Reader::take()
{
    ++at_;
    skip();
}

Error Reader::near(std::string text) const
{
    return permanent(std::move(text) + " near line " + std::to_string(line_) + " of filter file");
}

Result<std::string> Reader::word(bool in_condition)
{
    const auto from = at_;
    while (!at_end() && !is_space(text_[at_])) {
        if (in_condition && (text_[at_] == '(' || text_[at_] == ')'))
            break;
        ++at_;
    }
    std::string word(text_.substr(from, at_ - from));
    if (word.size() >= longest_word)
        return permanent("word is too long in line " + std::to_string(line_) +
                         " of filter file (max = " + std::to_string(longest_word) + " chars)");
    skip();
    return word;
}

// Behind a backslash: C's escapes, a line that goes on, or the character itself.
Status Reader::escape_sequence(std::string& into)
{
    if (at_end())
        return {};
    const char c = text_[at_++];
    if (c == '\n') {
        ++line_;
        while (peek() == ' ' || peek() == '\t')
            ++at_;
        return {};
    }
    if (is_octal(c)) {
        int value = c - '0';
        for (int digits = 1; digits < 3 && is_octal(peek()); ++digits)
            value = value * 8 + (text_[at_++] - '0');
        into += static_cast<char>(value);
        return {};
    }
    if (c == 'x') {
        int value = 0;
        for (int digits = 0; digits < 2 && hex_value(peek()) >= 0; ++digits)
            value = value * 16 + hex_value(text_[at_++]);
        into += static_cast<char>(value);
        return {};
    }
    into += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == 'b' ? '\b' : c == 'f' ? '\f' : c == 'v' ? '\v' : c;
    return {};
}

Result<std::string> Reader::quoted()
{
    std::string out;
    ++at_;
    while (!at_end() && text_[at_] != '\n' && text_[at_] != '"') {
        if (out.size() >= longest_word - 1)
            return permanent("string is too long in line " + std::to_string(line_) +
                             " of filter file (max = " + std::to_string(longest_word) + " chars)");
        const char c = text_[at_++];
        if (c == '\\')
            TRY(escape_sequence(out));
        else
            out += c;
    }
    if (peek() != '"')
        return permanent("quote missing at end of string in line " + std::to_string(line_));
    ++at_;
    // What is behind a NUL would be seen by us and by nobody else.
    if (const auto nul = out.find('\0'); nul != std::string::npos)
        out.resize(nul);
    skip();
    return out;
}

Result<std::string> Reader::item(bool in_condition)
{
    return peek() == '"' ? quoted() : word(in_condition);
}

}
