// -M and -Mc: an attempt on the messages named, now.
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

int deliver(const Options& options, const Instance& instance)
{
    if (auto good = check_ids(options.arguments, options.mode); !good)
        return complain(good.error());
    const bool forced = options.mode == "-M"; // -Mc minds retry times and frozen messages
    qmgr::Run run{.force = forced, .thaw = forced, .wait = true, .ids = options.arguments};
    run.prompt = !forced;
    run.pretend = options.letter.dont_deliver;
    auto reply = ask(instance, run, long_wait);
    return reply ? 0 : complain(reply.error());
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-M",
                  .run = [](const Options& options) { return with_suite(options, deliver, Obeys::its_own_configuration); },
                  .doc = "attempt to deliver messages"}},
    RegisterMode{{.name = "-Mc",
                  .run = [](const Options& options) { return with_suite(options, deliver, Obeys::its_own_configuration); },
                  .doc = "attempt to deliver messages whose time has come"}},
};

}
}
