// wildlsearch: a text file whose keys may have wildcards and are expanded first (manual 9.3).

#include "common/lookup/detail/wild_key.h"

namespace gp::lookup {
namespace {

Result<bool> match_expanded(const Entry& entry, std::size_t index, const Question& question, TextFile& file)
{
    if (entry.key.find_first_of("$\\") == std::string::npos)
        return wild_key_matches(entry.key, index, question, file);
    if (!question.hooks.expand)
        return misconfigured("the keys of a wildlsearch file cannot be expanded here; use nwildlsearch");
    auto key = question.hooks.expand(entry.key);
    if (!key && key.error().cause == Cause::forced_fail)
        return false;
    return wild_key_matches(TRY(std::move(key)), index, question, file);
}

Result<std::unique_ptr<Source>> open_expanded(const Environment& environment, const std::string& file)
{
    return TextFile::open(environment, file, "wildlsearch", match_expanded);
}

const RegisterLookup self{{
    .name = "wildlsearch",
    .style = Style::file,
    .open = open_expanded,
    .doc = "As lsearch, with wildcards and regular expressions as keys, which are expanded.",
}};

}
}
