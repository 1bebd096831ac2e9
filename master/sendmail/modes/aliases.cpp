// -bi, newaliases: alias files are read as they are, so there is nothing to rebuild (manual 5.3, -bi); the
// option bi_command names what an administrator wants done.
#include "master/sendmail/options.h"

namespace gp::sendmail {
namespace {

const RegisterMode entry{
    {.name = "-bi", .run = [](const Options&) { return 0; }, .doc = "rebuild alias files"}};

}
}
