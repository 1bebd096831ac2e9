#include "common/filter/rules.h"

#include "common/base/text.h"

namespace gp::filter {
namespace {

// "Exim" or "Sieve", blanks or none, "filter", and then anything that is no part of the word.
bool is_marked(std::string_view text, std::string_view language)
{
    if (!starts_nocase(text, language))
        return false;
    text.remove_prefix(language.size());
    while (text.starts_with(' ') || text.starts_with('\t'))
        text.remove_prefix(1);
    return starts_nocase(text, "filter");
}

}

Language language_of(std::string_view text)
{
    text = trim_left(text);
    if (!text.starts_with('#'))
        return Language::none;
    text.remove_prefix(1);
    while (text.starts_with(' ') || text.starts_with('\t'))
        text.remove_prefix(1);
    if (is_marked(text, "exim"))
        return Language::exim;
    return is_marked(text, "sieve") ? Language::sieve : Language::none;
}

}
