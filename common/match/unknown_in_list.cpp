#include "common/match/unknown_in_list.h"

#include <string>

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::match {
namespace {

bool is_logged = false;

}

void log_unknown_in_list(bool on)
{
    is_logged = on;
}

void tell_unknown(bool matched, std::string_view what)
{
    if (is_logged)
        log::main(std::string("list matching forced to ") + (matched ? "succeed: " : "fail: ") + escape(what, true));
}

}
