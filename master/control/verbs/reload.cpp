// gatepost reload: checks the configuration, has master read it, and waits until it is in use.

#include <sysexits.h>

#include <csignal>
#include <thread>

#include "master/control/check_run.h"
#include "master/control/instance.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::chrono::milliseconds glance{20};

int reload(const Invocation& call)
{
    if (!call.arguments.empty())
        return fail(EX_USAGE, "reload [-C FILE]");
    const auto instance = Instance::find(call);
    if (!instance)
        return fail(EX_CONFIG, instance.error().text);
    const auto master = instance->master();
    if (!master)
        return fail(master.error().cause == Cause::not_found ? EX_UNAVAILABLE : EX_NOPERM,
                    master.error().text);
    if (call.spool.empty())
        if (const int status = check_config(call); status != EX_OK)
            return status;
    const auto before = instance->status();
    if (!before)
        return fail(EX_OSERR, before.error().text);
    if (const auto sent = signal_master(*master, SIGHUP); !sent)
        return fail(EX_NOPERM, sent.error().text);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        if (wait_until_gone(*master, std::chrono::seconds{0}))
            return fail(EX_UNAVAILABLE, "the suite has ended");
        const auto now = instance->status();
        if (now && now->head.generation != before->head.generation)
            return EX_OK;
        if (now && now->head.refused != before->head.refused)
            return fail(EX_CONFIG, "the new configuration was refused; the log says why");
        std::this_thread::sleep_for(glance);
    }
    return fail(EX_TEMPFAIL, "the suite has not answered");
}

const RegisterVerb self{{
    .name = "reload",
    .usage = "reload [-C FILE]",
    .text = "Puts a changed configuration to use; no connection is dropped, no port is closed.",
    .run = reload,
}};

}
}
