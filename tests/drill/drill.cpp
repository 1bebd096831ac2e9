// The drill: what an intruder would try from within a jailed process, and what became of it. Linked into the
// services of tests/drill alone; SIGUSR2 starts it there.

#include "common/process/drill.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::process::drill {
namespace {

std::string tell(std::string_view what, bool refused)
{
    if (!refused)
        return std::string(what) + ": done";
    return std::string(what) + ": refused (" + std::strerror(errno) + ")";
}

std::string open_file(const char* path, int flags)
{
    const OwnedFd fd{::open(path, flags | O_CLOEXEC, 0600)};
    const auto line = tell(std::string(flags & O_CREAT ? "create " : "open ") + path, !fd);
    if (fd && (flags & O_CREAT))
        ::unlink(path);
    return line;
}

std::string connect_inet(int kind, std::uint16_t port)
{
    const std::string what =
        std::string(kind == SOCK_DGRAM ? "udp" : "connect") + " 127.0.0.1 port " + std::to_string(port);
    const OwnedFd fd{::socket(AF_INET, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // A refusal by the other side still means that the way was open.
    const bool got_out = fd && (::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0 ||
                                errno == EINPROGRESS || errno == ECONNREFUSED);
    return tell(what, !got_out);
}

std::string connect_unix()
{
    const OwnedFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    const std::string_view path = "/dev/log";
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    const bool got_out = fd && (::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0 ||
                                errno == ECONNREFUSED || errno == ENOENT || errno == EPROTOTYPE);
    return tell("connect unix /dev/log", !got_out);
}

// In a child where forking is allowed, so that success does not end the service; else with a name that does
// not exist, which tells a refused call from an allowed one.
std::string execute()
{
    char name[] = "/bin/true";
    char* const arguments[] = {name, nullptr};
    char* const environment[] = {nullptr};
    const pid_t pid = ::fork();
    if (pid < 0) {
        ::execve("/nonexistent/program", arguments, environment);
        return tell("execute", errno != ENOENT);
    }
    if (pid == 0) {
        ::execve(name, arguments, environment);
        ::_exit(1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    errno = EACCES;
    return tell("execute", !(WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

std::string make_executable_memory()
{
    void* at = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const auto line = tell("map writable executable memory", at == MAP_FAILED);
    if (at != MAP_FAILED)
        ::munmap(at, 4096);
    return line;
}

bool is_own_child(pid_t pid)
{
    siginfo_t state{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &state, WEXITED | WNOHANG | WNOWAIT) == 0;
}

// Master starts them one after the other: a neighbour's number is near our own. The launcher has children.
bool signals_a_sibling()
{
    for (pid_t distance = 1; distance <= 40; ++distance)
        for (const pid_t pid : {::getpid() - distance, ::getpid() + distance})
            if (pid > 1 && pid != ::getppid() && ::kill(pid, 0) == 0 && !is_own_child(pid))
                return true;
    return false;
}

// One line for each attempt. Nothing that succeeds leaves a trace.
std::vector<std::string> try_all()
{
    std::vector<std::string> lines;
    lines.push_back(open_file("/etc/passwd", O_RDONLY));
    lines.push_back(open_file("/proc/self/status", O_RDONLY));
    lines.push_back(open_file("/tmp/gatepost-drill", O_WRONLY | O_CREAT));
    lines.push_back(connect_inet(SOCK_STREAM, 22));
    lines.push_back(connect_inet(SOCK_STREAM, 80));
    lines.push_back(connect_inet(SOCK_DGRAM, 53));
    lines.push_back(connect_unix());
    lines.push_back(execute());
    lines.push_back(tell("signal the parent", ::kill(::getppid(), 0) != 0));
    lines.push_back(tell("signal a sibling", !signals_a_sibling()));
    lines.push_back(tell("trace the parent", ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr) != 0));
    lines.push_back(tell("setresuid to root", ::syscall(SYS_setresuid, 0, 0, 0) != 0));
    lines.push_back(tell("setresuid to root by a wide number",
                         ::syscall(SYS_setresuid, 1ul << 32, 1ul << 32, 1ul << 32) != 0));
    lines.push_back(tell("setresgid to root", ::syscall(SYS_setresgid, 0, 0, 0) != 0));
    lines.push_back(tell("io_uring_setup", ::syscall(SYS_io_uring_setup, 1, nullptr) != 0));
    lines.push_back(make_executable_memory());
    return lines;
}

[[maybe_unused]] const bool is_linked = [] {
    rehearsal = try_all;
    return true;
}();

}
}