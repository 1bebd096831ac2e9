#include "master/host.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "common/process/memfd.h"
#include "common/service/guests.h"

namespace gp::master {
namespace {

using namespace service;

constexpr int welcome_patience = 10'000; // milliseconds

// By way of the directory: its path may be longer than a Unix address has room.
Result<OwnedFd> connect_to(const std::string& directory)
{
    const OwnedFd run{::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!run)
        return system_error("open " + directory);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = "/proc/self/fd/" + std::to_string(run.get()) + "/" + guests_socket;
    std::memcpy(address.sun_path, path.data(), path.size());
    OwnedFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return system_error("connect to " + directory + "/" + guests_socket);
    return socket;
}

}

Result<Host> Host::join(const std::string& spool_directory)
{
    auto socket = TRY(connect_to(spool_directory + "/run"));
    pollfd waiting{socket.get(), POLLIN, 0};
    if (::poll(&waiting, 1, welcome_patience) <= 0)
        return temporary("the running suite does not answer its guests");
    char octets[sizeof(ControlFrame)];
    const auto got = TRY(process::receive_datagram(socket.get(), octets, sizeof octets));
    ControlFrame frame;
    std::memcpy(&frame, octets, sizeof frame);
    if (got.size != sizeof frame || frame.magic != control_magic || frame.type != Control::go)
        return temporary("the running suite takes no guests");
    return Host{std::move(socket), (frame.flags & host_has_tally) != 0};
}

bool Host::has(std::string_view service) const
{
    return service == "spoold" || (service == "tally" && has_tally_);
}

Status Host::connect(Child& asking, std::string_view service) const
{
    auto [ours, theirs] = TRY(process::socket_pair(SOCK_STREAM | SOCK_NONBLOCK));
    const auto frame = control_frame(Control::edge, asking.program + " " + std::string(service), asking.number);
    char octets[sizeof frame];
    std::memcpy(octets, &frame, sizeof octets);
    TRY(process::send_datagram(socket_.get(), {octets, sizeof octets}, theirs.get()));
    asking.tell(control_frame(Control::edge, service, 1, EdgeRole::asks), std::make_shared<OwnedFd>(std::move(ours)));
    return {};
}

}
