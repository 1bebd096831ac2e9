// The file of public suffixes (dmarc_tld_file), read again when it is another one: whoever renews it replaces it.
#pragma once

#include <ctime>
#include <optional>
#include <string>

#include "common/dmarc/suffixes.h"

namespace gp::dmarc {

class SuffixFile {
public:
    explicit SuffixFile(std::string path) : path_(std::move(path)) {}

    // The list as the file has it, or had it when it could be read last. Null: never yet. What is wrong with a file is
    // in the panic log once, until it changes.
    const Suffixes* now();

private:
    const std::string path_;
    std::optional<Suffixes> suffixes_;
    struct timespec looked_at_ {}; // its time of modification then; also of a file that could not be read
    bool has_looked_ = false;
};

}
