// -z: a line for the main log, for notes of an administrator (manual 5.3).
#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

int note(const Options& options, const Instance& instance)
{
    const auto noted = ask(instance, qmgr::Note{.text = options.values.at("-z")}, short_wait);
    return noted ? 0 : complain(noted.error());
}

const RegisterMode entry{{.name = "-z",
                          .run = [](const Options& options) { return with_suite(options, note); },
                          .value = Mode::Value::follows,
                          .doc = "a line for the log, from an administrator"}};

}
}
