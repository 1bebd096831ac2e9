// gatepost stats: statistics of the instance's main logs, as text, CSV, or one HTML page with charts that needs no other
// file. eximstats does the work, on the logs that the configuration names.

#include <sysexits.h>

#include "master/control/log_files.h"
#include "master/control/run_program.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

int stats(const Invocation& call)
{
    if (call.json)
        return fail(EX_USAGE, "stats has no --json; --csv is for programs");
    const auto program = beside_us("eximstats");
    std::vector<std::string> words{program};
    bool has_form = false;
    for (const auto& word : call.arguments) {
        if (word == "--html")
            words.insert(words.end(), {"-html", "-charts"}), has_form = true;
        else if (word == "--csv")
            words.emplace_back("-csv"), has_form = true;
        else if (word.starts_with("--html="))
            words.insert(words.end(), {"-html=" + word.substr(7), "-charts"}), has_form = true;
        else
            return fail(EX_USAGE, "stats [--html[=FILE] | --csv]: what is \"" + word + "\"?");
    }
    if (!has_form)
        words.emplace_back("-txt");
    words.emplace_back("-emptyok");
    const auto files = log_files(call, "main");
    if (!files)
        return fail(EX_NOINPUT, files.error().text);
    words.insert(words.end(), files->begin(), files->end());
    return run_program(std::move(words));
}

const RegisterVerb self{{
    .name = "stats",
    .usage = "stats [--html[=FILE] | --csv]",
    .text = "Statistics of the main logs: as text, as CSV, or as one HTML page with charts.",
    .run = stats,
}};

}
}
