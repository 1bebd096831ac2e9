#include "master/sendmail/standard_stream.h"

#include "common/base/octets.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace gp::sendmail {

Status StandardStream::wait_readable(event::Deadline until)
{
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const auto left = until.is_never() ? -1 : static_cast<int>(std::min<std::int64_t>(until.left().count(), INT_MAX));
    const int ready = ::poll(&input, 1, left);
    if (ready == 0)
        return temporary("no input", Cause::timeout);
    if (ready < 0 && errno != EINTR)
        return system_error("standard input");
    return {};
}

Result<std::size_t> StandardStream::read(std::span<char> into, event::Deadline until)
{
    for (;;) {
        TRY(wait_readable(until));
        const auto got = ::read(STDIN_FILENO, into.data(), into.size());
        if (got >= 0)
            return static_cast<std::size_t>(got);
        if (errno != EINTR && errno != EAGAIN)
            return system_error("standard input");
    }
}

Status StandardStream::write(std::string_view bytes, event::Deadline)
{
    return write_all(STDOUT_FILENO, bytes, "standard output");
}

}
