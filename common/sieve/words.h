// Sieve's commands, tests and capabilities: one file each in commands/ and tests/, which registers itself.
// A script may use what it has required; the base (RFC 5228) needs no word.
#pragma once

#include <string_view>

#include "common/base/registry.h"
#include "common/sieve/tree.h"

namespace gp::sieve {

class Parser;

struct Command {
    std::string_view name;
    std::string_view capability; // that must have been required; empty: none
    // Reads the arguments, the block if it has one, and the semicolon.
    Result<StepPtr> (*parse)(Parser& parser) = nullptr;
    std::string_view doc;
};
using RegisterCommand = Registry<Command>::Entry;

struct TestWord {
    std::string_view name;
    std::string_view capability;
    Result<TestPtr> (*parse)(Parser& parser) = nullptr;
    std::string_view doc;
};
using RegisterTest = Registry<TestWord>::Entry;

// What may stand in a require.
struct Capability {
    std::string_view name;
    std::string_view doc; // the standard
};
using RegisterCapability = Registry<Capability>::Entry;

struct Words {
    Registry<Command> commands;
    Registry<TestWord> tests;
    Registry<Capability> capabilities;

    static Words linked()
    {
        return {Registry<Command>::linked(), Registry<TestWord>::linked(), Registry<Capability>::linked()};
    }
};

}
