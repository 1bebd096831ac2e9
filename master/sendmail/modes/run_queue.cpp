// -q, -R, -S, runq: one run of the queue, in the foreground.
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

Status not_built(const Options& options)
{
    if (options.first_only || options.local_only)
        return permanent("-qi and -ql are not supported by this version");
    if (options.sender_is_pattern || options.recipient_is_pattern)
        return permanent("regular expressions behind -R and -S are not supported; give a substring");
    if (!options.queue_name.empty())
        return permanent("runs of one named queue (-qG) are not supported by this version");
    return {};
}

int run(const Options& options, const Instance& instance)
{
    if (auto refused = not_built(options); !refused)
        return complain(refused.error());
    qmgr::Run run{.force = options.force, .thaw = options.thaw, .wait = true};
    run.sender_match = options.sender_match;
    run.recipient_match = options.recipient_match;
    if (!options.arguments.empty()) { // they bound the run (manual 5.3)
        run.start_id = options.arguments[0];
        run.end_id = options.arguments.size() > 1 ? options.arguments[1] : std::string{};
    }
    auto reply = ask(instance, run, long_wait);
    return reply ? 0 : complain(reply.error());
}

const RegisterMode entry{{.name = "-q",
                          .run = [](const Options& options) { return with_suite(options, run); },
                          .doc = "run the queue once"}};

}
}
