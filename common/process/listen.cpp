#include "common/process/listen.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "common/base/number.h"

namespace gp::process {
namespace {

constexpr int first_passed = 3; // sd_listen_fds(3)

template <class Address>
Address as(const sockaddr_storage& storage)
{
    Address address{};
    std::memcpy(&address, &storage, sizeof address);
    return address;
}

std::string_view last_name(const sockaddr_un& address)
{
    const std::string_view path(address.sun_path, ::strnlen(address.sun_path, sizeof address.sun_path));
    return path.substr(path.rfind('/') + 1);
}

Status set_option(int fd, int level, int option, std::string_view what)
{
    const int on = 1;
    if (::setsockopt(fd, level, option, &on, sizeof on) != 0)
        return system_error(what);
    return {};
}

Result<OwnedFd> new_socket(int family)
{
    OwnedFd fd{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd)
        return system_error("socket");
    return fd;
}

Status start_listening(int fd, int backlog)
{
    if (::listen(fd, std::max(least_backlog, backlog)) != 0)
        return system_error("listen");
    return {};
}

}

Result<OwnedFd> listen_inet(const sockaddr_storage& address, socklen_t length, int backlog)
{
    auto fd = TRY(new_socket(address.ss_family));
    TRY(set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR"));
    if (address.ss_family == AF_INET6)
        TRY(set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY"));
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
        const bool is_in_use = errno == EADDRINUSE;
        auto error = system_error("bind");
        error.cause = is_in_use ? Cause::refused : error.cause;
        return error;
    }
    TRY(start_listening(fd.get(), backlog));
    return fd;
}

Result<OwnedFd> listen_unix(int directory, const std::string& name, mode_t mode, int backlog)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.empty() || name.size() >= sizeof address.sun_path || name.find('/') != std::string::npos)
        return misconfigured("\"" + name + "\" is no name for a socket");
    name.copy(address.sun_path, name.size());
    auto fd = TRY(new_socket(AF_UNIX));
    ::unlinkat(directory, name.c_str(), 0);
    if (::fchdir(directory) != 0)
        return system_error("fchdir");
    const mode_t before = ::umask(0777 & ~mode);
    const bool bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const Status result = bound ? Status{} : Status{system_error("bind")};
    ::umask(before);
    if (::chdir("/") != 0)
        return system_error("chdir /");
    TRY(result);
    TRY(start_listening(fd.get(), backlog));
    return fd;
}

std::vector<OwnedFd> passed_sockets(int most)
{
    std::vector<OwnedFd> sockets;
    const char* pid = ::getenv("LISTEN_PID");
    const char* count = ::getenv("LISTEN_FDS");
    if (!pid || !count || parse_integer(pid).value_or(0) != ::getpid())
        return sockets;
    const auto given = std::min<std::int64_t>(parse_integer(count).value_or(0), most);
    for (int fd = first_passed; fd < first_passed + given; ++fd) {
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
        ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
        sockets.emplace_back(fd);
    }
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(name);
    return sockets;
}

bool listens_at(int fd, const sockaddr_storage& address)
{
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length) != 0 ||
        bound.ss_family != address.ss_family)
        return false;
    if (bound.ss_family == AF_INET) {
        const auto a = as<sockaddr_in>(bound), b = as<sockaddr_in>(address);
        return a.sin_port == b.sin_port && a.sin_addr.s_addr == b.sin_addr.s_addr;
    }
    if (bound.ss_family == AF_INET6) {
        const auto a = as<sockaddr_in6>(bound), b = as<sockaddr_in6>(address);
        return a.sin6_port == b.sin6_port && std::memcmp(&a.sin6_addr, &b.sin6_addr, sizeof a.sin6_addr) == 0;
    }
    return bound.ss_family == AF_UNIX &&
           last_name(as<sockaddr_un>(bound)) == last_name(as<sockaddr_un>(address));
}

}
