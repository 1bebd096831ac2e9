// wildlsearch, nwildlsearch: a text file whose keys may be "*suffix", "^regular expression" or another
// look-up ("cdb;/file"). For wildlsearch each key is expanded first (manual 9.3).

#include "common/lookup/lookups.h"
#include "common/lookup/regex.h"
#include "common/lookup/text_file.h"

namespace gp::lookup {
namespace {

// A key that is a regular expression, compiled when it is first tried.
struct Compiled {
    std::string pattern;
    Regex regex;
};

Result<bool> matches_pattern(const std::string& pattern, std::size_t index, const Question& question, TextFile& file)
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
    const auto found = type.is_query()
                           ? TRY(question.lookups.query(type, what, question.hooks))
                           : TRY(question.lookups.find(type, what, Text::clean(std::string(question.key)), question.hooks));
    return found.found;
}

Result<bool> key_matches(const std::string& key, std::size_t index, const Question& question, TextFile& file)
{
    if (key.starts_with('^'))
        return matches_pattern(key, index, question, file);
    if (key.starts_with('*'))
        return ends_nocase(question.key, std::string_view(key).substr(1));
    const auto semicolon = key.find(';');
    if (semicolon != std::string::npos && question.lookups.parse_type(trim(std::string_view(key).substr(0, semicolon))))
        return is_in_lookup(key, semicolon, question);
    return same_nocase(key, question.key);
}

Result<bool> match_plain(const Entry& entry, std::size_t index, const Question& question, TextFile& file)
{
    return key_matches(entry.key, index, question, file);
}

Result<bool> match_expanded(const Entry& entry, std::size_t index, const Question& question, TextFile& file)
{
    if (entry.key.find_first_of("$\\") == std::string::npos)
        return key_matches(entry.key, index, question, file);
    if (!question.hooks.expand)
        return misconfigured("the keys of a wildlsearch file cannot be expanded here; use nwildlsearch");
    auto key = question.hooks.expand(entry.key);
    if (!key && key.error().cause == Cause::forced_fail)
        return false;
    return key_matches(TRY(std::move(key)), index, question, file);
}

Result<std::unique_ptr<Source>> open_expanded(const Environment& environment, const std::string& file)
{
    return TextFile::open(environment, file, "wildlsearch", match_expanded);
}

Result<std::unique_ptr<Source>> open_plain(const Environment& environment, const std::string& file)
{
    return TextFile::open(environment, file, "nwildlsearch", match_plain);
}

const RegisterLookup wildlsearch{{
    .name = "wildlsearch",
    .style = Style::file,
    .open = open_expanded,
    .doc = "As lsearch, with wildcards and regular expressions as keys, which are expanded.",
}};

const RegisterLookup nwildlsearch{{
    .name = "nwildlsearch",
    .style = Style::file,
    .open = open_plain,
    .doc = "As wildlsearch, without expansion of the keys.",
}};

}
}
