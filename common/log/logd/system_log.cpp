#include "common/log/logd/system_log.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "common/base/text.h"

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

constexpr int busy_wait = 100; // milliseconds in one flush, once in a second: other lines must not wait longer

}

Result<int> facility_code(std::string_view name)
{
    auto word = lower(name); // "LOG_LOCAL0" is local0
    if (word.starts_with("log_"))
        word.erase(0, 4);
    const auto* const known = std::ranges::find(facilities, word, &Facility::name);
    if (known == facilities.end())
        return misconfigured("syslog_facility \"" + std::string(name) + "\" is not known");
    return known->code;
}

std::string short_stamp(std::int64_t microseconds)
{
    char when[32];
    const auto seconds = static_cast<std::time_t>(microseconds / 1'000'000);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    std::strftime(when, sizeof when, "%b %e %H:%M:%S", &local);
    return when;
}

bool SystemLog::keep(const SystemLine& line)
{
    const auto pieces = datagrams(line);
    std::size_t octets = 0;
    for (const auto& piece : pieces)
        octets += piece.size();
    if (octets_ + octets > limit_)
        return false;
    octets_ += octets;
    kept_.insert(kept_.end(), pieces.begin(), pieces.end());
    return true;
}

void SystemLog::tell_of_lost()
{
    if (lost_ == 0)
        return;
    const auto text = "... " + std::to_string(lost_) + " lines were lost here, because " + path_ + " did not take them";
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
    if (keep({.severity = Severity::error, .log = "main", .text = text, .stamped = text, .when = now.count()}))
        lost_ = 0;
}

void SystemLog::add(const SystemLine& line)
{
    tell_of_lost();
    if (lost_ > 0 || !keep(line))
        ++lost_;
}

Status SystemLog::connect()
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    socket_ = OwnedFd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket_)
        return system_error("socket for " + path_);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return {};
    auto why = system_error("connect to " + path_);
    socket_.reset();
    return why;
}

SystemLog::Sent SystemLog::send(const std::string& datagram)
{
    for (std::string_view text = datagram;;) {
        if (::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) >= 0)
            return Sent::yes;
        if (errno == EMSGSIZE && text.size() > 1) // the beginning says most
            text = text.substr(0, text.size() / 2);
        else if (errno == EAGAIN || errno == ENOBUFS)
            return Sent::busy;
        else if (errno != EINTR)
            return Sent::gone;
    }
}

// A daemon that was started anew has another socket under the same name.
Status SystemLog::flush()
{
    bool is_new = false;
    for (int waited = 0; !kept_.empty();) {
        if (!socket_) {
            TRY(connect());
            is_new = true;
        }
        const auto sent = send(kept_.front());
        if (sent == Sent::yes) {
            octets_ -= kept_.front().size();
            kept_.pop_front();
            if (kept_.empty())
                tell_of_lost();
            continue;
        }
        if (sent == Sent::gone) {
            auto why = system_error("send to " + path_);
            socket_.reset();
            if (is_new)
                return why;
            continue;
        }
        const auto now = std::chrono::steady_clock::now();
        if (waited >= busy_wait)
            no_wait_until_ = now + std::chrono::seconds{1};
        if (now < no_wait_until_)
            return temporary(path_ + " is busy");
        pollfd ready{socket_.get(), POLLOUT, 0};
        waited += 10;
        ::poll(&ready, 1, 10);
    }
    return {};
}

}
