#include "common/lookup/detail/wild_key.h"

#include "common/lookup/lookups.h"
#include "common/lookup/regex.h"

namespace gp::lookup {
namespace {

// A key that is a regular expression, compiled when it is first tried.
struct Compiled {
    std::string pattern;
    Regex regex;
};

Result<bool> matches_pattern(const std::string& pattern, std::size_t index, const Question& question,
                             TextFile& file)
{
    auto& kept = file.kept<Compiled>(index);
    if (!kept.regex || kept.pattern != pattern) {
        kept.regex = TRY(Regex::compile(pattern, Regex::caseless));
        kept.pattern = pattern;
    }
    return kept.regex.matches(question.key);
}

// "type;file" with a known type: is the key in there?
Result<bool> is_in_lookup(std::string_view key, std::size_t semicolon, const Question& question)
{
    const auto type = TRY(question.lookups.parse_type(trim(key.substr(0, semicolon))));
    const auto what = Text::clean(std::string(trim(key.substr(semicolon + 1))));
    const auto found =
        type.is_query()
            ? TRY(question.lookups.query(type, what, question.hooks))
            : TRY(question.lookups.find(type, what, Text::clean(std::string(question.key)), question.hooks));
    return found.found;
}

}

Result<bool> wild_key_matches(const std::string& key, std::size_t index, const Question& question,
                              TextFile& file)
{
    if (key.starts_with('!'))
        return !TRY(wild_key_matches(std::string(trim_left(std::string_view(key).substr(1))), index, question, file));
    if (key.starts_with('^'))
        return matches_pattern(key, index, question, file);
    if (key.starts_with('*'))
        return ends_nocase(question.key, std::string_view(key).substr(1));
    const auto semicolon = key.find(';');
    if (semicolon != std::string::npos &&
        question.lookups.parse_type(trim(std::string_view(key).substr(0, semicolon))))
        return is_in_lookup(key, semicolon, question);
    return same_nocase(key, question.key);
}

}
