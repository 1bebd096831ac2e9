#include "tests/unit/service/fake_master.h"

#include "common/process/memfd.h"
#include "tests/support/sockets.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

namespace gp::service {
namespace {

constexpr int patience = 10'000; // milliseconds

bool readable(int fd)
{
    pollfd look{fd, POLLIN, 0};
    return ::poll(&look, 1, patience) == 1;
}

}

FakeMaster::FakeMaster()
{
    auto pair = process::socket_pair(SOCK_SEQPACKET);
    if (!pair)
        panic(pair.error().text);
    socket_ = std::move(pair->first);
    theirs_ = std::move(pair->second);
}

FakeMaster::~FakeMaster()
{
    if (child_ <= 0)
        return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
}

void FakeMaster::start(const std::function<int()>& body)
{
    child_ = ::fork();
    if (child_ != 0) {
        theirs_.reset();
        return;
    }
    ::alarm(60);
    // Our end must not live on in the child, or it would never see us hang up.
    const int theirs = ::fcntl(theirs_.get(), F_DUPFD_CLOEXEC, 64);
    socket_.reset();
    theirs_.reset();
    ::dup2(theirs, control_fd);
    ::close(theirs);
    ::_exit(body());
}

void FakeMaster::tell(Control type, std::string_view name, std::uint32_t value, std::uint16_t flags, int fd)
{
    ControlFrame frame;
    frame.type = type;
    frame.value = value;
    frame.flags = flags;
    name.copy(frame.name, sizeof frame.name - 1);
    char octets[sizeof frame];
    std::memcpy(octets, &frame, sizeof frame);
    const auto sent = process::send_datagram(socket_.get(), {octets, sizeof octets}, fd);
    EXPECT_TRUE(sent);
}

void FakeMaster::give_block(std::string_view name, std::string_view content)
{
    const auto fd = process::sealed_memfd("block", content);
    ASSERT_TRUE(fd);
    tell(Control::block, name, 0, 0, fd->get());
}

void FakeMaster::introduce(const Instance& instance, std::string_view params)
{
    give_block("instance", ipc::encode(instance));
    give_block("params", params);
    tell(Control::go, {}, 3);
}

OwnedFd FakeMaster::connect(EdgeRole role, std::string_view other, std::uint32_t number)
{
    auto [ours, theirs] = test::socket_pair();
    tell(Control::edge, other, number, role, theirs.get());
    return std::move(ours);
}

void FakeMaster::hang_up()
{
    socket_.reset();
}

std::optional<ControlFrame> FakeMaster::hear()
{
    ControlFrame frame;
    char octets[sizeof frame];
    if (!readable(socket_.get()) || ::read(socket_.get(), octets, sizeof octets) != sizeof octets) {
        ADD_FAILURE() << "the service says nothing";
        return std::nullopt;
    }
    std::memcpy(&frame, octets, sizeof frame);
    return frame;
}

int FakeMaster::wait()
{
    int status = 0;
    for (int i = 0; i < patience / 10; ++i) {
        if (::waitpid(child_, &status, WNOHANG) == child_) {
            child_ = -1;
            return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
        }
        ::usleep(10'000);
    }
    ADD_FAILURE() << "the service does not end";
    return -1;
}

bool FakeMaster::has_ended()
{
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOHANG | WNOWAIT);
    return info.si_pid != 0;
}

std::string ask(int socket, std::string_view text)
{
    if (!text.empty() && ::write(socket, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return "cannot write";
    if (!readable(socket))
        return "no answer";
    char answer[4096];
    const auto size = ::read(socket, answer, sizeof answer);
    return size < 0 ? "cannot read" : std::string(answer, static_cast<std::size_t>(size));
}

}
