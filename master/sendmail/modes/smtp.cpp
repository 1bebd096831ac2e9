// -bs: standard input and output speak SMTP with the suite.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

#include "master/sendmail/relay.h"

#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

// inetd: the client is on standard input.
bool comes_from_a_host()
{
    sockaddr_storage there{};
    socklen_t size = sizeof there;
    return ::getpeername(STDIN_FILENO, reinterpret_cast<sockaddr*>(&there), &size) == 0 && (there.ss_family == AF_INET || there.ss_family == AF_INET6);
}

int talk(const Options& options, const Instance& instance)
{
    if (instance.mua_wrapper && comes_from_a_host()) { // Exim's words (manual chapter 52)
        std::fputs("Input from inetd is not supported when mua_wrapper is set\n", stderr);
        return 1;
    }
    return relay_smtp(options, instance);
}

const RegisterMode entry{{.name = "-bs",
                          .run = [](const Options& options) { return with_suite(options, talk, Obeys::its_own_configuration); },
                          .doc = "SMTP on standard input and output"}};

}
}
