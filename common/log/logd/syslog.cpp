#include "common/log/logd/syslog.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <vector>

namespace gp::logd {
namespace {

struct Facility {
    std::string_view name;
    int code;
};

constexpr std::array facilities = {
    Facility{"auth", LOG_AUTH},     Facility{"authpriv", LOG_AUTHPRIV}, Facility{"cron", LOG_CRON},
    Facility{"daemon", LOG_DAEMON}, Facility{"local0", LOG_LOCAL0},     Facility{"local1", LOG_LOCAL1},
    Facility{"local2", LOG_LOCAL2}, Facility{"local3", LOG_LOCAL3},     Facility{"local4", LOG_LOCAL4},
    Facility{"local5", LOG_LOCAL5}, Facility{"local6", LOG_LOCAL6},     Facility{"local7", LOG_LOCAL7},
    Facility{"mail", LOG_MAIL},     Facility{"news", LOG_NEWS},         Facility{"syslog", LOG_SYSLOG},
    Facility{"user", LOG_USER},     Facility{"uucp", LOG_UUCP},
};

constexpr std::size_t longest_line = 870;

std::vector<std::string> pieces_of(std::string_view text)
{
    std::vector<std::string> pieces;
    for (; text.size() > longest_line; text.remove_prefix(longest_line))
        pieces.emplace_back(text.substr(0, longest_line));
    pieces.emplace_back(text);
    if (pieces.size() > 1)
        for (std::size_t i = 0; i < pieces.size(); ++i)
            pieces[i] = "[" + std::to_string(i + 1) + (i ? "\\" : "/") + std::to_string(pieces.size()) + "] " + pieces[i];
    return pieces;
}

}

Syslog::Syslog(OwnedFd socket, std::string process_name, int facility, bool with_pid)
    : socket_(std::move(socket)), process_name_(std::move(process_name)), facility_(facility), with_pid_(with_pid)
{
}

Result<Syslog> Syslog::open(std::string process_name, std::string_view facility, bool with_pid)
{
    int code = -1;
    for (const auto& known : facilities)
        if (known.name == facility)
            code = known.code;
    if (code < 0)
        return misconfigured("syslog_facility \"" + std::string(facility) + "\" is not known");
    OwnedFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket)
        return system_error("socket for syslog");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, "/dev/log");
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return system_error("connect to /dev/log");
    return Syslog{std::move(socket), std::move(process_name), code, with_pid};
}

void Syslog::send(Severity severity, std::string_view text, unsigned pid)
{
    char when[32];
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    std::strftime(when, sizeof when, "%b %e %H:%M:%S", &local);
    const std::string head = "<" + std::to_string(facility_ | static_cast<int>(severity)) + ">" + when + " " +
                             process_name_ + (with_pid_ ? "[" + std::to_string(pid) + "]" : "") + ": ";
    for (const auto& piece : pieces_of(text)) {
        const std::string datagram = head + piece;
        // A log daemon that is gone or full costs its own line and nothing else.
        while (::send(socket_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL) < 0 && errno == EINTR) {
        }
    }
}

}
