// lsearch: a text file of "key: data" lines; keys are literal, without regard to case (manual 9.3).

#include "common/lookup/text_file.h"

namespace gp::lookup {
namespace {

Result<std::unique_ptr<Source>> open(const Environment& environment, const std::string& file)
{
    return TextFile::open(environment, file, "lsearch", nullptr);
}

const RegisterLookup self{{
    .name = "lsearch",
    .style = Style::file,
    .open = open,
    .doc = "A text file with a key at the start of each line; the first one counts.",
}};

}
}
