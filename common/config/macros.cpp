#include "common/config/macros.h"

#include <algorithm>
#include <array>

namespace gp::config {
namespace {

constexpr bool is_name_letter(char c)
{
    return is_alnum(c) || c == '_';
}

// A name has 63 possible characters: one bit for each. A line that lacks one of them cannot hold the name.
constexpr std::uint64_t letter_bit(char c)
{
    if (c >= 'a' && c <= 'z')
        return std::uint64_t{1} << (c - 'a');
    if (c >= 'A' && c <= 'Z')
        return std::uint64_t{1} << (26 + c - 'A');
    if (is_digit(c))
        return std::uint64_t{1} << (52 + c - '0');
    return c == '_' ? std::uint64_t{1} << 62 : 0;
}

constexpr auto letter_bits = [] {
    std::array<std::uint64_t, 256> bits{};
    for (unsigned c = 0; c < bits.size(); ++c)
        bits[c] = letter_bit(static_cast<char>(c));
    return bits;
}();

std::uint64_t letters_of(std::string_view text)
{
    std::uint64_t letters = 0;
    for (const char c : text)
        letters |= letter_bits[static_cast<unsigned char>(c)];
    return letters;
}

constexpr bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

// Where a name that begins as built-in ones do, with an underline and a capital, stands next; the line's size if nowhere.
std::size_t next_built_in(std::string_view line, std::size_t at)
{
    for (; at + 1 < line.size(); ++at)
        if (line[at] == '_' && is_upper(line[at + 1]))
            return at;
    return line.size();
}

// In a definition the name itself is left alone, or it could never be defined anew: where what may be
// replaced begins.
std::size_t after_defined_name(std::string_view line)
{
    if (line.empty() || !is_upper(line.front()))
        return 0;
    std::size_t end = 1;
    while (end < line.size() && is_name_letter(line[end]))
        ++end;
    const std::string_view rest = trim_left(line.substr(end));
    return !rest.empty() && rest.front() == '=' ? end : 0;
}

// Replaces every occurrence from `start` on; what was put in is not searched again.
Result<bool> replace_in(std::string& line, std::size_t start, const Macro& macro, std::size_t most)
{
    std::size_t at = line.find(macro.name, start);
    if (at == std::string::npos)
        return false;
    std::string out;
    std::size_t from = 0;
    for (; at != std::string::npos; at = line.find(macro.name, from)) {
        out.append(line, from, at - from);
        out += macro.value;
        from = at + macro.name.size();
        if (out.size() > most)
            return misconfigured("the line grows beyond " + std::to_string(most) + " octets with macro \"" +
                                     macro.name + "\"",
                                 Cause::too_big);
    }
    out.append(line, from);
    line = std::move(out);
    return true;
}

}

void Macros::add_built_in(std::string name, std::string value)
{
    built_in_names_.try_emplace(name, built_in_.size());
    built_in_.push_back({std::move(name), std::move(value), false, true, {}});
}

const Macro* Macros::find(std::string_view name) const
{
    if (const auto at = names_.find(name); at != names_.end())
        return &macros_[at->second];
    if (const auto at = built_in_names_.find(name); at != built_in_names_.end())
        return &built_in_[at->second];
    return nullptr;
}

Status Macros::add(Macro macro)
{
    const std::uint64_t letters = letters_of(macro.name);
    for (std::size_t i = 0; i < macros_.size(); ++i)
        if ((letters_[i] & ~letters) == 0 && macro.name.find(macros_[i].name) != std::string::npos)
            return misconfigured("\"" + macro.name + "\" cannot be defined as a macro because previously defined macro \"" +
                                 macros_[i].name + "\" is a substring");
    names_.emplace(macro.name, macros_.size());
    letters_.push_back(letters);
    macros_.push_back(std::move(macro));
    return {};
}

Status Macros::define_on_command_line(std::string_view definition)
{
    definition = trim(definition);
    if (definition.empty() || !is_upper(definition.front()))
        return misconfigured("macro name set by -D must start with an upper case letter");
    std::size_t length = 0;
    while (length < definition.size() && is_name_letter(definition[length]))
        ++length;
    const std::string_view name = definition.substr(0, length);
    std::string_view rest = trim_left(definition.substr(length));
    if (!rest.empty() && rest.front() != '=')
        return misconfigured("malformed -D macro definition \"" + std::string(definition) + "\"");
    if (!rest.empty())
        rest = trim(rest.substr(1));
    if (name.size() > longest_name)
        return misconfigured("macro name too long (maximum is " + std::to_string(longest_name) + " characters)");
    if (names_.contains(name))
        return misconfigured("duplicated -D" + std::string(name) + " in command line");
    // Only the order decides here: a longer name after a shorter one is never seen, as in Exim.
    names_.emplace(std::string(name), macros_.size());
    letters_.push_back(letters_of(name));
    macros_.push_back({std::string(name), std::string(rest), true, false, {}});
    return {};
}

Status Macros::define(std::string_view name, std::string_view value, bool redefine, Origin origin)
{
    if (name.size() > longest_name)
        return misconfigured("macro name too long (maximum is " + std::to_string(longest_name) + " characters)");
    const auto known = names_.find(name);
    if (known != names_.end()) {
        Macro& macro = macros_[known->second];
        if (macro.from_command_line)
            return {}; // manual 6.7: definitions and redefinitions in the file are ignored
        if (!redefine)
            return misconfigured("macro \"" + macro.name + "\" is already defined (use \"==\" if you want to redefine it)");
        macro.value = value;
        macro.origin = std::move(origin);
        return {};
    }
    if (redefine)
        return misconfigured("can't redefine an undefined macro \"" + std::string(name) + "\"");
    return add({.name = std::string(name), .value = std::string(value), .origin = std::move(origin)});
}

bool Macros::substitute_built_in(std::string& line) const
{
    if (built_in_.empty())
        return false;
    bool has_changed = false;
    for (std::size_t at = next_built_in(line, 0); at < line.size(); at = next_built_in(line, at)) {
        std::size_t end = at + 1;
        while (end < line.size() && end - at <= longest_name && (is_upper(line[end]) || is_digit(line[end]) || line[end] == '_'))
            ++end;
        std::size_t length = end - at;
        auto found = built_in_names_.end();
        for (; length > 2 && found == built_in_names_.end(); --length)
            found = built_in_names_.find(std::string_view(line).substr(at, length));
        if (found == built_in_names_.end()) {
            ++at;
            continue;
        }
        const Macro& macro = built_in_[found->second];
        line.replace(at, macro.name.size(), macro.value);
        at += macro.value.size();
        has_changed = true;
    }
    return has_changed;
}

Result<bool> Macros::substitute(std::string& line, std::size_t most) const
{
    bool has_changed = substitute_built_in(line);
    if (macros_.empty() || std::ranges::none_of(line, is_upper)) // the name of every other macro begins with one
        return has_changed;
    std::uint64_t letters = letters_of(line);
    const std::size_t start = after_defined_name(line);
    for (std::size_t i = 0; i < macros_.size(); ++i) {
        if ((letters_[i] & ~letters) != 0)
            continue;
        if (TRY(replace_in(line, start, macros_[i], most))) {
            has_changed = true;
            macros_[i].is_used = true;
            letters = letters_of(line);
        }
    }
    return has_changed;
}

}
