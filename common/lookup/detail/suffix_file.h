// psl and regdom (Exim 4.99 and later, manual 9.3): what both are made of, a Public Suffix List that is open.
#pragma once

#include <memory>
#include <string>

#include "common/lookup/lookup.h"

namespace gp::lookup {

enum class SuffixPart { suffix, registered };

// Names in the file are in UTF-8; a key in A-labels is looked up in that form, and its answer is in A-labels again.
Result<std::unique_ptr<Source>> open_suffix_file(const Environment& environment, const std::string& path, SuffixPart wanted,
                                                 std::string_view driver);

}
