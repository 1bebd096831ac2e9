// -bs: standard input and output speak SMTP with the suite.
#include "master/sendmail/relay.h"

#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

int talk(const Options& options, const Instance& instance)
{
    return relay_smtp(options, instance);
}

const RegisterMode entry{{.name = "-bs",
                          .run = [](const Options& options) { return with_suite(options, talk, Obeys::its_own_configuration); },
                          .doc = "SMTP on standard input and output"}};

}
}
