// nwildlsearch: a text file whose keys may have wildcards and are taken as they stand (manual 9.3).

#include "common/lookup/detail/wild_key.h"

namespace gp::lookup {
namespace {

Result<bool> match_plain(const Entry& entry, std::size_t index, const Question& question, TextFile& file)
{
    return wild_key_matches(entry.key, index, question, file);
}

Result<std::unique_ptr<Source>> open_plain(const Environment& environment, const std::string& file)
{
    return TextFile::open(environment, file, "nwildlsearch", match_plain);
}

const RegisterLookup self{{
    .name = "nwildlsearch",
    .style = Style::file,
    .open = open_plain,
    .doc = "As wildlsearch, without expansion of the keys.",
}};

}
}
