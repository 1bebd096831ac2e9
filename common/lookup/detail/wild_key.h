// Keys of a file that may be "*suffix", "^regular expression" or another look-up ("cdb;/file"), for the
// look-up types wildlsearch and nwildlsearch (manual 9.3). As items of lists they may begin with "!".
#pragma once

#include "common/lookup/text_file.h"

namespace gp::lookup {

// Whether the key asked for meets the key of the entry with this index. An error: the regular expression is
// none, or the look-up in the key failed.
Result<bool> wild_key_matches(const std::string& key, std::size_t index, const Question& question,
                              TextFile& file);

}
