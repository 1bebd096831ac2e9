// -bm and plain calls: hands the message on standard input to the suite.
#include "master/sendmail/send.h"

#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

const RegisterMode entry{{.name = "-bm",
                          .run = [](const Options& options) { return with_suite(options, send, Obeys::its_own_configuration); },
                          .doc = "a message on standard input"}};

}
}
