// -bd, -bdf: starts the suite as Exim's daemon would; -bdf stays in the foreground, -bd comes back when the
// suite serves. -bw is -bdf on the listening socket that inetd hands over as standard input.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "common/net/address.h"
#include "master/sendmail/control.h"
#include "master/sendmail/master_call.h"

namespace gp::sendmail {
namespace {

int start_daemon(const Options& options, const Instance& instance)
{
    if (instance.mua_wrapper) {
        std::fputs("Daemon cannot be run when mua_wrapper is set\n", stderr); // Exim's words
        return 1;
    }
    auto call = master_call(options, instance);
    if (!call)
        return complain(call.error());
    auto& words = *call;
    if (options.mode != "-bd")
        words.emplace_back("--foreground");
    if (options.mode == "-bw")
        words.emplace_back("--passed-socket");
    if (!options.listen.empty()) {
        words.emplace_back("--listen");
        words.push_back(options.listen);
    }
    if (options.tls_on_connect)
        words.emplace_back("--tls-on-connect");
    if (!options.pid_file.empty()) {
        words.emplace_back("--pid-file");
        words.push_back(options.pid_file);
    }
    if (options.smtp_receive_timeout) {
        words.emplace_back("--smtp-receive-timeout");
        words.push_back(std::to_string(*options.smtp_receive_timeout) + "s");
    }
    if (!options.interval.empty()) {
        words.emplace_back("--queue-interval");
        words.push_back(options.interval);
    }
    complain(become_master(std::move(words)));
    return 1;
}

int start(const Options& options)
{
    return with_instance(options, start_daemon);
}

// As -oX has it.
Result<std::string> address_of_input()
{
    int listens = 0;
    socklen_t size = sizeof listens;
    sockaddr_storage here{};
    socklen_t length = sizeof here;
    if (::getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens ||
        ::getsockname(STDIN_FILENO, reinterpret_cast<sockaddr*>(&here), &length) != 0)
        return permanent("-bw: standard input is no socket that listens; inetd's \"wait\" hands one over");
    const auto place = TRY(net::SocketAddress::from(reinterpret_cast<sockaddr*>(&here), length));
    if (place.is_unix())
        return permanent("-bw: standard input is a Unix socket; SMTP comes over TCP");
    return "<;[" + place.address().text() + "]:" + std::to_string(place.port());
}

// The socket becomes the one that a service manager would pass (sd_listen_fds(3)); standard input, and output where it is
// the socket too, become nothing.
Status pass_input_on()
{
    constexpr int first_passed = 3;
    if (::dup2(STDIN_FILENO, first_passed) < 0)
        return system_error("dup2");
    const int nothing = ::open("/dev/null", O_RDWR); // behind the place that is taken now
    if (nothing < 0)
        return system_error("open /dev/null");
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        int listens = 0;
        socklen_t size = sizeof listens;
        if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens)
            ::dup2(nothing, fd);
    }
    if (nothing > first_passed)
        ::close(nothing);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", "1", 1);
    return {};
}

int start_for_inetd(const Options& options)
{
    if (!options.values.at("-bw").empty())
        return complain(permanent("-bw" + options.values.at("-bw") + ": the suite does not end when it is idle, so no time may follow -bw"));
    auto place = address_of_input();
    if (!place)
        return complain(place.error());
    auto here = options;
    here.listen = std::move(*place);
    if (const auto passed = pass_input_on(); !passed)
        return complain(passed.error());
    return with_instance(here, start_daemon);
}

const RegisterMode entries[] = {
    RegisterMode{{.name = "-bd", .run = start, .doc = "start the suite"}},
    RegisterMode{{.name = "-bw", .run = start_for_inetd, .value = Mode::Value::attached,
                  .doc = "start the suite in the foreground on the listening socket that is standard input, for inetd's wait"}},
    RegisterMode{{.name = "-bdf", .run = start, .doc = "start the suite in the foreground"}},
};

}
}
