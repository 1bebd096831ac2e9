#include "master/control/metrics_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "common/base/number.h"
#include "common/base/owned_fd.h"

namespace gp::control {
namespace {

constexpr int backlog = 16;
constexpr int patience = 5000; // milliseconds for a client to ask, and to take the answer
constexpr std::size_t longest_question = 8192;
constexpr std::string_view content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";

Result<OwnedFd> listen_on(int family, const sockaddr* address, socklen_t size, const std::string& place)
{
    OwnedFd socket{::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const int on = 1;
    if (!socket || (family != AF_UNIX && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) ||
        ::bind(socket.get(), address, size) != 0 || ::listen(socket.get(), backlog) != 0)
        return system_error("listen on " + place);
    return socket;
}

// A socket that an earlier server left behind goes; anything else of that name does not.
Result<OwnedFd> unix_listener(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return misconfigured("the path " + path + " is too long for a socket");
    std::memcpy(address.sun_path, path.data(), path.size());
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) {
        const OwnedFd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        if (probe && ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            return permanent("somebody listens on " + path + " already");
        ::unlink(path.c_str());
    }
    const auto before = ::umask(0117);
    auto socket = listen_on(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, path);
    ::umask(before);
    return socket;
}

Result<OwnedFd> loopback_listener(const std::string& place)
{
    const auto colon = place.rfind(':');
    const auto port = colon == place.npos ? Result<std::uint64_t>(permanent("")) : parse_unsigned(place.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535)
        return misconfigured(place + ": not a path, nor a loopback address with a port as 127.0.0.1:9419");
    const auto host = place.substr(0, colon);
    sockaddr_in v4{};
    if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1 && ntohl(v4.sin_addr.s_addr) >> 24 == 127) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(static_cast<std::uint16_t>(*port));
        return listen_on(AF_INET, reinterpret_cast<const sockaddr*>(&v4), sizeof v4, place);
    }
    if (host == "[::1]") {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_addr = in6addr_loopback;
        v6.sin6_port = htons(static_cast<std::uint16_t>(*port));
        return listen_on(AF_INET6, reinterpret_cast<const sockaddr*>(&v6), sizeof v6, place);
    }
    return misconfigured(place + ": only loopback addresses, for whoever connects is answered");
}

// One client is served at a time: what it may take counts for all of its question, or of its answer.
class Patience {
public:
    int left() const
    {
        const auto gone = std::chrono::steady_clock::now() - begin_;
        return std::max(0, patience - static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(gone).count()));
    }

private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Until the empty line behind the headers; false when it does not come.
bool read_question(int client, std::string& question)
{
    const Patience time;
    char piece[1024];
    while (question.find("\r\n\r\n") == question.npos && question.find("\n\n") == question.npos) {
        pollfd input{.fd = client, .events = POLLIN, .revents = 0};
        if (question.size() > longest_question || ::poll(&input, 1, time.left()) <= 0)
            return false;
        const auto got = ::read(client, piece, sizeof piece);
        if (got <= 0)
            return false;
        question.append(piece, static_cast<std::size_t>(got));
    }
    return true;
}

void write_all(int client, std::string_view text)
{
    const Patience time;
    while (!text.empty()) {
        pollfd output{.fd = client, .events = POLLOUT, .revents = 0};
        if (::poll(&output, 1, time.left()) <= 0)
            return;
        const auto written = ::send(client, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return;
        text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
}

std::string response(std::string_view status, std::string_view type, std::string_view body)
{
    return "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: " + std::string(type) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + std::string(body);
}

std::string answer(std::string_view question, const std::function<Result<std::string>()>& text)
{
    if (!question.starts_with("GET "))
        return response("405 Method Not Allowed", "text/plain", "GET alone\n");
    const auto path = question.substr(4, question.find_first_of(" \r\n", 4) - 4);
    if (path != "/metrics" && path != "/")
        return response("404 Not Found", "text/plain", "there is /metrics\n");
    const auto body = text();
    if (!body)
        return response("503 Service Unavailable", "text/plain", body.error().text + "\n");
    return response("200 OK", content_type, *body);
}

}

Status serve_text(const std::string& place, const std::function<Result<std::string>()>& text)
{
    const auto listener = TRY(place.starts_with('/') ? unix_listener(place) : loopback_listener(place));
    for (;;) {
        OwnedFd client{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (!client && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
            ::poll(nullptr, 0, patience); // it passes
        else if (!client && errno != EINTR && errno != ECONNABORTED)
            return system_error("accept on " + place);
        std::string question;
        if (client && read_question(client.get(), question))
            write_all(client.get(), answer(question, text));
    }
}

}
