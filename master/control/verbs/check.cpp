// gatepost check: reads the configuration as a start would, and says all that is wrong with it.

#include <sysexits.h>

#include "master/control/check_run.h"
#include "master/control/table.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

int check(const Invocation& call)
{
    auto asked = call;
    if (asked.arguments.size() == 1)
        asked.config = asked.arguments[0];
    else if (!asked.arguments.empty())
        return fail(EX_USAGE, "check [FILE]");
    const int status = check_config(asked);
    if (call.json)
        print(
            json_object({{"file", json_quoted(asked.config)}, {"good", status == EX_OK ? "true" : "false"}}) +
            "\n");
    return status;
}

const RegisterVerb self{{
    .name = "check",
    .usage = "check [FILE]",
    .text = "Checks the configuration and the service table; 0 when a start would take them, else 78.",
    .run = check,
}};

}
}
