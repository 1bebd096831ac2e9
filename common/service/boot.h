// The life of every service: Boot (what master says), enter_jail(), serve(). serve() exists only on
// what enter_jail() returns, so that a service which serves before it is jailed does not compile.
//
//     int main(int argc, char** argv)
//     {
//         service::Boot boot{"smtpd", argc, argv};
//         const auto parameters = boot.parameters<smtpd::Parameters>();
//         auto jailed = std::move(boot).enter_jail();
//         smtpd::Services others{.router = jailed.dial("router"), .cleanup = jailed.dial("cleanup")};
//         return jailed.serve({.on_client = [&](service::Client client) { ... }});
//     }
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/owned_fd.h"
#include "common/event/loop.h"
#include "common/ipc/channel.h"
#include "common/ipc/link.h"
#include "common/service/control_frame.h"
#include "common/service/instance.h"
#include "common/service/privileges.h"

namespace gp::service {

struct ListenerInfo {
    std::string label;
    std::uint32_t flags = 0; // ListenerFlags
    int fd = -1;
};

struct Client {
    OwnedFd socket;
    const ListenerInfo* listener = nullptr;
    sockaddr_storage peer{};
    socklen_t peer_length = 0;
};

struct Serving {
    // Answers on the channels on which we are the server; null for pure clients. Lives until serve() returns.
    ipc::Dispatcher* endpoint = nullptr;
    // A connection on one of our listeners; on a fiber of its own.
    std::function<void(Client)> on_client;
    // Just before that, when the connection has left the kernel's queue; outside of any fiber.
    std::function<void(const ListenerInfo&)> on_accept;
    // Once, outside of any fiber, when serving begins: start background fibers here.
    std::function<void()> on_start;
    // Told to stop or retire: no new clients come any more. serve() returns when no fiber of on_client
    // and no answer is running, or at the deadline.
    std::function<void()> on_stop;
    // Services that stay over a reload: the new blocks are there.
    std::function<void()> on_reload;
    std::size_t max_clients = 0; // 0: as the service table says; beyond it listeners pause
    // Work of the service's own fibers that a stop waits for, too; absent: none.
    std::function<bool()> is_busy;
};

class Jailed {
public:
    Jailed(Jailed&&) noexcept;
    ~Jailed();
    event::Loop& loop();
    // The other service, for asking. The reference stays valid as long as this object. `notices` answers what
    // the other side sends on its own account over these channels (spoold's Arrived to qmgr); it must outlive
    // serve(), and must be given before the first channel of that service is there: dial before serve(). A
    // service that the table of privileges does not name for us is a bug.
    ipc::Link& dial(std::string_view service, ipc::Dispatcher* notices = nullptr);
    // The exit status. When it returns no fiber is left: what they referred to may go.
    int serve(const Serving& serving);
    unsigned process_number() const;
    const Instance& instance() const;
    std::string_view
    block(std::string_view name) const; // as of the last go; valid until the reload after next
    // The parameter block of the last go, for on_reload.
    template <class T>
    Result<T> parameters() const
    {
        return ipc::decode<T>(block("params"));
    }
    std::size_t clients() const;
    // On a fiber: a line of the main log, and returns when it is in the file; over deaths of the log service, too.
    Status write_line(std::string_view text, event::Deadline until);

private:
    friend class Boot;
    struct Impl;
    explicit Jailed(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

class Boot {
public:
    // Reads master's frames up to go. Ends the process with a message when it was not started by master.
    Boot(std::string_view service, int argc, char** argv);
    ~Boot();

    std::string_view block(std::string_view name) const; // empty when there is none
    const Instance& instance() const;
    std::uint32_t max_sessions() const;
    unsigned process_number() const;

    // The service's parameter block, decoded by its fields(). A block that does not decode is a bug
    // between two programs of one build: the process ends.
    template <class T>
    T parameters() const
    {
        auto decoded = ipc::decode<T>(block("params"));
        if (!decoded)
            die("parameter block: " + decoded.error().text);
        return std::move(decoded).take();
    }

    // Unmaps a block that has been decoded and must not stay in this address space (private keys).
    void forget_block(std::string_view name);

    // Opens what stays open: runs inside enter_jail(), as the service's own user, while paths still mean
    // something. Before that the process is root without the right to open other users' files.
    void as_user(std::function<Status()> open);
    void set_loop_limits(const event::Loop::Limits& limits);

    // Additional places for this process, beside those that the configuration derived (Instance).
    void allow_read(std::string path);
    void allow_write(std::string path);
    void allow_calls(std::uint32_t calls);

    // chroot, groups, uid, capabilities, no_new_privs, limits, Landlock, seccomp: in this order, as far
    // as the instance can; what is missing is logged once, or fatal with require_sandbox.
    Jailed enter_jail() &&;

    [[noreturn]] static void die(std::string_view why);

private:
    std::unique_ptr<Jailed::Impl> impl_;
};

}
