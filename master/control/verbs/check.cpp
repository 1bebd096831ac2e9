// gatepost check: reads the configuration as a start would, and says all that is wrong with it.

#include <sysexits.h>

#include "master/control/check_run.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

int check(const Invocation& call)
{
    auto asked = call;
    if (std::erase(asked.arguments, "--privileges") != 0) {
        if (asked.arguments.size() == 1)
            asked.config = asked.arguments[0];
        asked.arguments.clear();
        return Registry<Verb>::linked().find("privileges")->run(asked);
    }
    if (asked.arguments.size() == 1)
        asked.config = asked.arguments[0];
    else if (!asked.arguments.empty())
        return fail(EX_USAGE, "check [FILE] [--json] [--privileges]");
    return check_config(asked);
}

const RegisterVerb self{{
    .name = "check",
    .usage = "check [FILE] [--json] [--privileges]",
    .text = "Checks the configuration and the service table; 0 when a start would take them, else 78. "
            "With --privileges: the walls that follow from it.",
    .run = check,
}};

}
}
