// -bS: batched SMTP on standard input.
#include "master/sendmail/batch.h"

#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

const RegisterMode entry{{.name = "-bS",
                          .run = [](const Options& options) { return with_suite(options, send_batch, Obeys::its_own_configuration); },
                          .doc = "batched SMTP on standard input, without replies"}};

}
}
