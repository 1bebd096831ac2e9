#include "delivery/local/nursery.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

#include "common/process/memfd.h"
#include "common/service/boot.h"

namespace gp::local {
namespace {

// Between a process and its own fork: plain octets.
struct Wish {
    enum class Kind : std::uint64_t { raise, kill } kind = Kind::raise;
    std::uint64_t child = 0;
};
struct Gone {
    std::uint64_t child = 0;
    std::uint64_t signal = 0;
};

struct Heard {
    Wish wish;
    OwnedFd orders, large; // the latter with a large message only
};

template <typename T> std::string_view octets_of(const T& value)
{
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

// --- in the nursery ---

Result<Heard> hear(int launcher)
{
    char octets[sizeof(Wish)];
    auto got = TRY(process::receive_datagram(launcher, octets, sizeof octets, process::Descriptors::two));
    if (got.size != sizeof octets || got.truncated)
        return temporary("the launcher is gone", Cause::closed);
    Heard heard{.wish = {}, .orders = std::move(got.fd), .large = std::move(got.second)};
    std::memcpy(&heard.wish, octets, sizeof octets);
    return heard;
}

class Raising {
public:
    Raising(int launcher, const Upbringing& upbringing) : launcher_(launcher), upbringing_(upbringing) {}
    void run();

private:
    void obey(Heard heard);
    void bury_the_dead();
    void tell_of(const Gone& gone);

    const int launcher_;
    const Upbringing& upbringing_;
    std::map<std::uint64_t, pid_t> children_; // alive, or not waited for
};

void Raising::obey(Heard heard)
{
    if (heard.wish.kind == Wish::Kind::kill) {
        if (const auto found = children_.find(heard.wish.child); found != children_.end())
            ::kill(found->second, SIGKILL);
        return;
    }
    const pid_t pid = ::fork();
    if (pid == 0)
        live_and_exit(upbringing_, heard.orders.get(), heard.large.get());
    if (pid > 0)
        children_.emplace(heard.wish.child, pid);
    else
        tell_of({heard.wish.child, 0}); // and the launcher sees the socket close
}

void Raising::tell_of(const Gone& gone)
{
    (void)process::send_datagram(launcher_, octets_of(gone));
}

void Raising::bury_the_dead()
{
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
        for (const auto& [child, its] : children_)
            if (its == pid) {
                tell_of({child, WIFSIGNALED(status) ? static_cast<std::uint64_t>(WTERMSIG(status)) : 0});
                children_.erase(child);
                break;
            }
}

// A child's end interrupts the wait and nothing else.
void Raising::run()
{
    sigset_t child_ends, none;
    ::sigemptyset(&none);
    ::sigemptyset(&child_ends);
    ::sigaddset(&child_ends, SIGCHLD);
    ::sigprocmask(SIG_SETMASK, &child_ends, nullptr);
    ::signal(SIGCHLD, [](int) {});
    for (;;) {
        bury_the_dead();
        pollfd watched{launcher_, POLLIN, 0};
        if (::ppoll(&watched, 1, nullptr, &none) <= 0)
            continue;
        auto heard = hear(launcher_);
        if (!heard)
            return;
        obey(std::move(heard).take());
    }
}

// Nothing of the launcher but standard descriptors and the socket.
[[noreturn]] void be_the_nursery(int launcher, const Upbringing& upbringing)
{
    ::prctl(PR_SET_NAME, "nursery");
    if (launcher > 3)
        ::close_range(3, static_cast<unsigned>(launcher - 1), 0);
    ::close_range(static_cast<unsigned>(launcher + 1), ~0u, 0);
    ::signal(SIGTERM, SIG_IGN); // it ends with the launcher
    ::signal(SIGINT, SIG_IGN);
    Raising{launcher, upbringing}.run();
    ::_exit(0);
}

}

// --- in the launcher ---

Result<Nursery> Nursery::open(const Upbringing& upbringing)
{
    auto [ours, theirs] = TRY(process::socket_pair(SOCK_SEQPACKET));
    if (::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) // the launcher waits for nobody; the nursery has time
        return system_error("fcntl of the nursery's socket");
    const pid_t pid = ::fork();
    if (pid < 0)
        return system_error("fork of the nursery");
    if (pid == 0)
        be_the_nursery(theirs.get(), upbringing);
    return Nursery{std::move(ours), pid};
}

Result<std::uint64_t> Nursery::raise(int orders, int large)
{
    const Wish wish{Wish::Kind::raise, ++last_};
    if (process::send_datagram(socket_.get(), octets_of(wish), orders, large))
        return wish.child;
    // Another one would not be empty any more: master starts a new launcher.
    if (errno == EPIPE || errno == ECONNRESET)
        service::Boot::die("the nursery has ended");
    return system_error("no child for a local delivery");
}

void Nursery::kill(std::uint64_t child)
{
    const Wish wish{Wish::Kind::kill, child};
    // One that cannot be sent now is no loss: the child sees its socket close.
    (void)process::send_datagram(socket_.get(), octets_of(wish));
}

std::size_t Nursery::mourn(const std::function<void(int signal)>& tell)
{
    std::size_t count = 0;
    for (Gone gone; ::recv(socket_.get(), &gone, sizeof gone, 0) == sizeof gone; ++count)
        tell(static_cast<int>(gone.signal));
    return count;
}

}
