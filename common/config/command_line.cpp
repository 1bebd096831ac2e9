#include "common/config/command_line.h"

#include "common/base/text.h"

namespace gp::config {
namespace {

// Takes the first word off `text`, which does not begin with a blank.
Result<std::string> take_word(std::string_view& text, Braces braces)
{
    const char quote = text.front() == '\'' || text.front() == '"' ? text.front() : '\0';
    std::size_t at = quote ? 1 : 0;
    std::string word;
    int depth = 0;
    const auto goes_on = [&] { return quote ? text[at] != quote : depth > 0 || !is_space(text[at]); };
    for (; at < text.size() && goes_on(); ++at) {
        if (!quote && braces == Braces::together)
            depth += (text[at] == '{') - (text[at] == '}');
        if (quote == '"' && text[at] == '\\' && at + 1 < text.size())
            ++at;
        word += text[at];
    }
    if (quote && at == text.size())
        return permanent("no closing quote in the command \"" + escape(text) + "\"");
    text.remove_prefix(at + (quote ? 1 : 0));
    return word;
}

}

Result<std::vector<std::string>> split_command(std::string_view text, Braces braces)
{
    std::vector<std::string> words;
    for (text = trim(text); !text.empty(); text = trim(text))
        words.push_back(TRY(take_word(text, braces)));
    return words;
}

}
