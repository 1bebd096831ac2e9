// psl: the public suffix of a domain, below which anybody may register, by a Public Suffix List.

#include "common/lookup/detail/suffix_file.h"

namespace gp::lookup {
namespace {

Result<std::unique_ptr<Source>> open(const Environment& environment, const std::string& path)
{
    return open_suffix_file(environment, path, SuffixPart::suffix, "psl");
}

const RegisterLookup self{{
    .name = "psl",
    .style = Style::file,
    .open = open,
    .doc = "The public suffix of a domain, by a Public Suffix List (Debian's is /usr/share/publicsuffix/public_suffix_list.dat).",
}};

}
}
