// The coverage page: for every name of Exim's language and command line, works or refused and why. One file for
// each subject in this folder; it asks the tables and readers that the programs themselves use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/registry.h"

namespace gp::sendmail {

struct Covered {
    std::string list; // "main_options": what the names are
    std::string name;
    std::string refused; // the reason; empty: it works
};
using Page = std::vector<Covered>;

struct CoverageSection {
    std::string_view name; // of the file; sections are printed in this order
    void (*write)(Page& page) = nullptr;
};
using RegisterCoverage = Registry<CoverageSection>::Entry;

// All sections; a text's words after "refused: " are short enough for a line.
Page coverage();

}
