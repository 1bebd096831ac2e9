#include "common/expand/headers.h"

#include "common/base/text.h"
#include "common/mail/encoded_word.h"

namespace gp::expand {
namespace {

// Headers with lists of addresses: several of one name are joined by a comma (manual 11.5).
bool holds_addresses(std::string_view name)
{
    if (starts_nocase(name, "resent-"))
        name.remove_prefix(7);
    for (std::string_view known : {"from", "sender", "reply-to", "to", "cc", "bcc"})
        if (same_nocase(name, known))
            return true;
    return false;
}

std::string decoded(std::string_view text, HeaderForm form, std::string_view charset)
{
    mail::DecodeRules rules;
    rules.charset = form == HeaderForm::decoded ? charset : std::string_view{};
    auto out = mail::decode_words(text, rules);
    if (!out && form == HeaderForm::decoded) {
        rules.charset = {};
        out = mail::decode_words(text, rules); // manual 11.5: what cannot be translated stays as $bh_ has it
    }
    return out ? std::move(*out) : std::string(text);
}

std::string_view without_line_end(std::string_view text)
{
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    if (text.ends_with('\r'))
        text.remove_suffix(1);
    return text;
}

}

Headers::Headers(std::string_view block)
{
    while (!block.empty()) {
        auto end = block.find('\n');
        while (end != std::string_view::npos && end + 1 < block.size() &&
               (block[end + 1] == ' ' || block[end + 1] == '\t'))
            end = block.find('\n', end + 1);
        const auto whole = block.substr(0, end == std::string_view::npos ? end : end + 1);
        block.remove_prefix(whole.size());
        const auto colon = whole.find(':');
        if (colon == std::string_view::npos)
            continue;
        lines_.push_back({trim_right(whole.substr(0, colon)), without_line_end(whole.substr(colon + 1)),
                          without_line_end(whole)});
    }
}

bool Headers::has(std::string_view name) const
{
    for (const auto& line : lines_)
        if (same_nocase(line.name, name))
            return true;
    return false;
}

std::size_t Headers::count(std::string_view name) const
{
    std::size_t out = 0;
    for (const auto& line : lines_)
        out += same_nocase(line.name, name);
    return out;
}

std::string Headers::get(std::string_view name, HeaderForm form, std::string_view charset) const
{
    std::string out;
    bool is_first = true;
    for (const auto& line : lines_) {
        if (!same_nocase(line.name, name))
            continue;
        if (out.size() + line.body.size() > joined_max)
            break;
        if (form == HeaderForm::raw) {
            out.append(line.body).append("\n");
        } else if (form == HeaderForm::list) {
            if (!is_first)
                out += ':';
            out += replace_all(std::string(line.body), ":", "::");
        } else if (const auto body = trim(line.body); !body.empty()) {
            if (!out.empty())
                out += holds_addresses(name) ? ",\n" : "\n";
            out += body;
        }
        is_first = false;
    }
    if (form == HeaderForm::raw || form == HeaderForm::list)
        return out;
    return decoded(out, form, charset);
}

std::string Headers::all(HeaderForm form, std::string_view charset) const
{
    std::string out;
    for (const auto& line : lines_) {
        if (out.size() + line.whole.size() > joined_max)
            break;
        if (form == HeaderForm::raw) {
            out.append(line.whole).append("\n");
            continue;
        }
        if (!out.empty())
            out += '\n';
        out += decoded(trim_right(line.whole), form, charset);
    }
    return out;
}

}
