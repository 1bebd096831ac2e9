// What a service's process consists of, from its first frame to its end; shared by Boot and Jailed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/event/stream.h"
#include "common/process/jail.h"
#include "common/process/memfd.h"
#include "common/service/boot.h"
#include "common/service/detail/control_socket.h"
#include "common/service/detail/log_funnel.h"
#include "common/service/instance.h"

namespace gp::service {

using Blocks = std::map<std::string, process::MappedFile, std::less<>>;

struct Listening {
    ListenerInfo info;
    OwnedFd fd;
    std::unique_ptr<event::Listener> accepting;
};

struct Jailed::Impl {
    Impl(std::string_view name, ControlSocket socket) : service(name), control(std::move(socket)) {}
    ~Impl();

    // Said by master.
    std::string service;
    const Privileges* row = nullptr;
    ControlSocket control;
    Blocks blocks;
    Blocks blocks_before; // views into them may be alive during a reload
    Blocks blocks_to_come;
    Instance instance;
    unsigned number = 0;
    std::vector<std::unique_ptr<Listening>> listeners;

    // Before the jail.
    event::Loop::Limits loop_limits;
    std::vector<std::function<Status()>> as_user;
    process::JailReport report;

    // Serving. The loop is the first of what refers to it, and so the last to go.
    std::unique_ptr<event::Loop> loop;
    std::map<std::string, std::unique_ptr<ipc::Link>, std::less<>> links;
    std::map<std::string, ipc::Dispatcher*, std::less<>> notices; // who hears what those we ask say unasked
    std::map<std::string, std::shared_ptr<ipc::Channel>, std::less<>> asked; // by "router/1"
    std::vector<std::shared_ptr<ipc::Channel>> answering;
    std::unique_ptr<LogFunnel> log;
    std::unique_ptr<event::FdWatch> control_watch;
    std::unique_ptr<event::Timer> alive;
    std::unique_ptr<event::Timer> end_check;
    const Serving* serving = nullptr;
    event::Deadline end_by = event::Deadline::never();
    std::uint64_t clients_ever = 0;
    std::size_t clients = 0;
    bool stopping = false;
    bool opened = false;    // Control::open
    bool listening = false;
    bool spawn_failure_told = false;

    std::string_view block(std::string_view name) const;
    void hear_until_go();
    void read_instance();
    void take_block(Blocks& into, ControlMessage message);
    ipc::Link& link(std::string_view other);

    // Frames while serving.
    void hear();
    void obey(ControlMessage message);
    void connect(ControlMessage message);
    void withdraw(const ControlMessage& message);
    void reload_done();
    void begin_end(Duration within);
    void check_end();
    std::size_t answers_under_way() const;

    // Clients.
    std::size_t most_clients() const;
    void listen();
    void pause_or_resume();
    void greet(OwnedFd socket, const Listening& listener, const sockaddr_storage& peer,
               socklen_t peer_length);
    void install_log();
    void send_counts();
    void send_last_lines();
};

}
