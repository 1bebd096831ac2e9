#include "common/sieve/scanner.h"

#include "common/base/text.h"

namespace gp::sieve {
namespace {

bool is_word_char(char c)
{
    return is_alnum(c) || c == '_';
}

std::string word_at(std::string_view text)
{
    std::size_t end = 0;
    if (!text.empty() && !is_digit(text[0]))
        while (end < text.size() && is_word_char(text[end]))
            ++end;
    return lower(text.substr(0, end));
}

}

Error Scanner::error(std::string text) const
{
    return permanent(std::move(text) + " in line " + std::to_string(line_));
}

Status Scanner::skip()
{
    for (;;) {
        while (!at_end() && is_space(peek()))
            step();
        const auto rest = text_.substr(at_);
        if (rest.starts_with('#')) {
            while (!at_end() && peek() != '\n')
                step();
        } else if (rest.starts_with("/*")) {
            const auto end = rest.find("*/", 2);
            if (end == std::string_view::npos)
                return error("missing end of comment");
            for (std::size_t left = end + 2; left; --left)
                step();
        } else {
            return {};
        }
    }
}

Result<bool> Scanner::punctuation(char c)
{
    TRY(skip());
    if (peek() != c || at_end())
        return false;
    step();
    TRY(skip());
    return true;
}

std::string Scanner::look_word() const
{
    return word_at(text_.substr(at_));
}

Result<std::string> Scanner::word()
{
    auto found = look_word();
    at_ += found.size();
    TRY(skip());
    return found;
}

std::string Scanner::look_tag() const
{
    return peek() == ':' ? word_at(text_.substr(at_ + 1)) : std::string{};
}

Result<bool> Scanner::tag(std::string_view name)
{
    if (look_tag() != name)
        return false;
    at_ += 1 + name.size();
    TRY(skip());
    return true;
}

// RFC 5228 section 2.4.1, with K, M and G.
Result<std::optional<std::int64_t>> Scanner::number()
{
    if (!is_digit(peek()))
        return std::optional<std::int64_t>{};
    std::int64_t value = 0;
    while (is_digit(peek())) {
        if (__builtin_mul_overflow(value, std::int64_t{10}, &value) ||
            __builtin_add_overflow(value, std::int64_t{peek() - '0'}, &value))
            return error("number too large");
        ++at_;
    }
    const char unit = to_lower(peek());
    const int shift = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 0;
    if (shift) {
        if (__builtin_mul_overflow(value, std::int64_t{1} << shift, &value))
            return error("number too large");
        ++at_;
    }
    TRY(skip());
    return std::optional(value);
}

Result<std::string> Scanner::quoted()
{
    std::string out;
    ++at_;
    for (; !at_end() && peek() != '"'; step()) {
        if (out.size() >= longest_string)
            return error("string too long");
        if (peek() != '\\' || at_ + 1 == text_.size()) {
            out += peek();
            continue;
        }
        ++at_;
        out += peek() == '0' ? '\0' : peek(); // filter manual 2.12: \0 is a NUL
    }
    if (at_end())
        return error("missing end of string");
    ++at_;
    return out;
}

bool Scanner::starts_multi_line() const
{
    return starts_nocase(text_.substr(at_), "text:");
}

// RFC 5228 section 2.4.2: up to a dot alone, leading dots doubled.
Result<std::string> Scanner::multi_line()
{
    at_ += 5;
    while (peek() == ' ' || peek() == '\t')
        ++at_;
    if (peek() == '#')
        while (!at_end() && peek() != '\n')
            ++at_;
    if (peek() == '\r')
        ++at_;
    if (peek() != '\n')
        return error("syntax error");
    step();
    std::string out;
    while (!at_end()) {
        const auto rest = text_.substr(at_);
        const auto end = rest.find('\n');
        const auto whole = rest.substr(0, end == std::string_view::npos ? end : end + 1);
        const auto line = trim_right(whole);
        at_ += whole.size();
        line_ += end != std::string_view::npos;
        if (line == "." && whole[0] == '.')
            return out;
        auto kept = whole.starts_with("..") ? whole.substr(1) : whole;
        if (out.size() + kept.size() > longest_string)
            return error("string too long");
        if (kept.ends_with("\r\n"))
            out.append(kept.substr(0, kept.size() - 2)).append("\n");
        else
            out += kept;
    }
    return error("missing end of string");
}

Result<std::optional<std::string>> Scanner::string()
{
    if (peek() != '"' && !starts_multi_line())
        return std::optional<std::string>{};
    auto text = peek() == '"' ? TRY(quoted()) : TRY(multi_line());
    TRY(skip());
    return std::optional(std::move(text));
}

}
