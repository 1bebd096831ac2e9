// Macros in lines that are typed to exim -be (manual 5.3): those of the configuration, for administrators alone, and
// new ones.
#pragma once

#include <string>

#include "common/config/macros.h"
#include "conf/params/configuration.h"

namespace gp::sendmail {

class TypedMacros {
public:
    explicit TypedMacros(const conf::Configuration& configuration);

    // The line with its macros replaced. False: it was a definition, good or bad, and is done with.
    bool replace_in(std::string& line);

private:
    Status define(std::string_view line);
    config::Macros macros_;
};

}
