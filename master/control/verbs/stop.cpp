// gatepost stop: SIGTERM to master, and waiting for it to end.

#include <sysexits.h>

#include <csignal>

#include "common/base/duration.h"
#include "master/control/instance.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

constexpr std::chrono::seconds usual_patience{90}; // above stop_deadline's default

int stop(const Invocation& call)
{
    auto patience = usual_patience;
    if (call.arguments.size() == 2 && call.arguments[0] == "--timeout") {
        const auto given = parse_duration(call.arguments[1]);
        if (!given)
            return fail(EX_USAGE, given.error().text);
        patience = std::chrono::ceil<std::chrono::seconds>(*given);
    } else if (!call.arguments.empty()) {
        return fail(EX_USAGE, "stop [-C FILE] [--timeout TIME]");
    }
    const auto instance = Instance::find(call);
    if (!instance)
        return fail(EX_CONFIG, instance.error().text);
    const auto master = instance->master();
    if (!master)
        return fail(master.error().cause == Cause::not_found ? EX_UNAVAILABLE : EX_NOPERM,
                    master.error().text);
    if (const auto sent = signal_master(*master, SIGTERM); !sent)
        return fail(EX_NOPERM, sent.error().text);
    if (!wait_until_gone(*master, patience))
        return fail(EX_TEMPFAIL, "the suite has not ended after " + std::to_string(patience.count()) + " s");
    return EX_OK;
}

const RegisterVerb self{{
    .name = "stop",
    .usage = "stop [-C FILE] [--timeout TIME]",
    .text = "Stops the suite: no new mail, conversations may end, nothing accepted is lost.",
    .run = stop,
}};

}
}
