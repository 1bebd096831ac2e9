// A SASL library of others, which judges a login in a process of its own: cyrus_sasl.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace gp::auth {

// One login under way. The end of this object is the end of its process.
class LibraryTalk {
public:
    virtual ~LibraryTalk() = default;
    // Tells it something; suspends.
    virtual Status say(const std::vector<std::string>& words) = 0;
    // What it answers; suspends. An error: it has ended, or takes too long.
    virtual Result<std::vector<std::string>> hear() = 0;
};

class Library {
public:
    virtual ~Library() = default;
    // Starts a process for one login. An error: it cannot be started now.
    virtual Result<std::unique_ptr<LibraryTalk>> start() = 0;
};

}
