// regdom: the domain that somebody has registered, by a Public Suffix List: its public suffix with one label more.

#include "common/lookup/detail/suffix_file.h"

namespace gp::lookup {
namespace {

Result<std::unique_ptr<Source>> open(const Environment& environment, const std::string& path)
{
    return open_suffix_file(environment, path, SuffixPart::registered, "regdom");
}

const RegisterLookup self{{
    .name = "regdom",
    .style = Style::file,
    .open = open,
    .doc = "The registered domain above or at a domain: its public suffix with one label more, by a Public Suffix List.",
}};

}
}
