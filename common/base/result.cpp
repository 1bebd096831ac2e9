#include "common/base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace gp {

Error system_error(std::string_view what, int error_number)
{
    char buffer[128];
    std::string text{what};
    text += ": ";
    text += ::strerror_r(error_number, buffer, sizeof buffer);
    Error error = temporary(std::move(text));
    if (error_number == ENOENT)
        error.cause = Cause::not_found;
    if (error_number == ENOSPC || error_number == EDQUOT)
        error.cause = Cause::no_space;
    if (error_number == ECONNREFUSED)
        error.cause = Cause::refused;
    if (error_number == ETIMEDOUT)
        error.cause = Cause::timeout;
    if (error_number == EPIPE || error_number == ECONNRESET)
        error.cause = Cause::closed;
    return error;
}

Error system_error(std::string_view what)
{
    return system_error(what, errno);
}

void panic(std::string_view believed, const char* file, int line)
{
    std::fprintf(stderr, "gatepost: panic at %s:%d: %.*s\n", file, line, static_cast<int>(believed.size()),
                 believed.data());
    std::abort();
}

}
