#include "master/sendmail/relay.h"

#include <poll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace gp::sendmail {
namespace {

enum class Moved { some, end, error };

Moved move_octets(int from, int to)
{
    std::array<char, 32 * 1024> buffer;
    const auto got = ::read(from, buffer.data(), buffer.size());
    if (got < 0)
        return errno == EINTR ? Moved::some : Moved::error;
    if (got == 0)
        return Moved::end;
    for (std::size_t sent = 0; sent < static_cast<std::size_t>(got);) {
        const auto put = ::write(to, buffer.data() + sent, static_cast<std::size_t>(got) - sent);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return Moved::error;
        sent += static_cast<std::size_t>(put);
    }
    return Moved::some;
}

}

int relay_smtp(const Instance& instance)
{
    auto socket = connect_to(instance.run("smtp"));
    if (!socket) {
        std::printf("421 %s\r\n", "service not available, closing transmission channel");
        std::fprintf(stderr, "sendmail: %s\n", socket.error().text.c_str());
        return EX_TEMPFAIL;
    }
    std::array<pollfd, 2> ends = {pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{socket->get(), POLLIN, 0}};
    for (;;) {
        if (::poll(ends.data(), ends.size(), -1) < 0) {
            if (errno == EINTR)
                continue;
            return EX_OSERR;
        }
        if (ends[1].revents && move_octets(socket->get(), STDOUT_FILENO) != Moved::some)
            return 0;
        if (ends[0].revents && ends[0].fd >= 0 && move_octets(STDIN_FILENO, socket->get()) != Moved::some) {
            ::shutdown(socket->get(), SHUT_WR);
            ends[0].fd = -1;
        }
    }
}

}
