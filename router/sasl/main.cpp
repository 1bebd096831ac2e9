// sasl - judges one login with the Cyrus SASL library.
//
// launcher starts it for one AUTH command that an authenticator with driver = cyrus_sasl answers, as the user sasl_user
// and with the groups sasl_groups, so that the library and its modules, which parse what strangers say, run in a process
// that knows one login and nothing else. Standard input is a socket to router (router/sasl/wire.h); its end is the end.

#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "router/sasl/login.h"

namespace {

using namespace gp::sasl;

bool read_exactly(char* into, std::size_t count)
{
    while (count > 0) {
        const auto got = ::read(STDIN_FILENO, into, count);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        into += got;
        count -= static_cast<std::size_t>(got);
    }
    return true;
}

std::optional<Words> hear()
{
    char length[head];
    if (!read_exactly(length, head))
        return {};
    std::string body(number_in({length, head}), '\0');
    if (body.size() > longest_frame || !read_exactly(body.data(), body.size()))
        return {};
    return words_in(body);
}

bool say(const Words& words)
{
    const auto frame = frame_of(words);
    for (std::string_view left = frame; !left.empty();) {
        const auto put = ::write(STDIN_FILENO, left.data(), left.size());
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        left.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

}

int main()
{
    ::prctl(PR_SET_DUMPABLE, 0); // nobody of the same user looks into this memory
    const auto first = hear();
    if (!first)
        return 2;
    Login login{*first};
    for (;;) {
        const auto words = hear();
        if (!words || words->empty())
            return 0; // router has lost interest
        const auto reply = login.step(words->size() > 1 ? std::optional{(*words)[1]} : std::nullopt);
        if (!say(reply) || reply.front() != "challenge")
            return 0;
    }
}
