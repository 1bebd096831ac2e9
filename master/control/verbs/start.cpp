// gatepost start, gatepost run: master in the background, or in this terminal.

#include <sysexits.h>
#include <unistd.h>

#include "common/base/result.h"
#include "common/process/spawn.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

// Master takes our place, so that its exit status and its messages are ours.
int become_master(const Invocation& call, bool foreground)
{
    const std::string path = call.programs + "/master";
    std::vector<std::string> words = {"gatepost: master", "--config", call.config};
    for (const auto& definition : call.definitions) {
        words.emplace_back("--define");
        words.push_back(definition);
    }
    if (foreground)
        words.emplace_back("--foreground");
    words.insert(words.end(), call.arguments.begin(), call.arguments.end());
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execv(path.c_str(), arguments.data());
    return fail(EX_OSFILE, system_error("cannot execute " + path).text);
}

int start(const Invocation& call)
{
    return become_master(call, false);
}

int run(const Invocation& call)
{
    return become_master(call, true);
}

const RegisterVerb start_verb{{
    .name = "start",
    .usage = "start [-C FILE]",
    .text = "Starts the suite in the background and returns when all its services are ready.",
    .run = start,
}};

const RegisterVerb run_verb{{
    .name = "run",
    .usage = "run [-C FILE]",
    .text = "Runs the suite in the foreground until it is stopped.",
    .run = run,
}};

}
}
