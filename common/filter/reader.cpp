#include "common/filter/reader.h"

#include "common/base/text.h"
#include "common/lookup/quoted.h"

namespace gp::filter {

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
    if (peek() == '\n') {
        ++at_;
        ++line_;
        while (peek() == ' ' || peek() == '\t')
            ++at_;
        return {};
    }
    into += lookup::read_escape(text_, --at_);
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
