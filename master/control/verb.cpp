#include "master/control/verb.h"

#include <sysexits.h>
#include <unistd.h>

namespace gp::control {

int fail(int status, std::string_view what)
{
    const auto text = "gatepost: " + std::string(what) + (what.ends_with('\n') ? "" : "\n");
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0)
        return EX_IOERR;
    return status;
}

}
