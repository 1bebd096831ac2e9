// -bpc: how many messages the queue has.
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

int count(const Options&, const Instance& instance)
{
    auto status = ask(instance, qmgr::Status{}, short_wait);
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
