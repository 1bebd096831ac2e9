// -bpc: how many messages the queue has, or the one that -qG names.
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

int count(const Options& options, const Instance& instance)
{
    auto status = ask(instance, qmgr::Status{.by_state = false, .one_queue = true, .queue = options.queue_name}, short_wait);
    if (!status)
        return complain(status.error());
    std::printf("%llu\n", static_cast<unsigned long long>(status->messages));
    return 0;
}

const RegisterMode entry{{.name = "-bpc",
                          .run = [](const Options& options) { return with_suite(options, count); },
                          .doc = "count the messages of the queue"}};

}
}
