#include "master/guests.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/process/listen.h"
#include "common/process/memfd.h"
#include "common/process/peer.h"
#include "common/service/guests.h"
#include "common/service/privileges.h"

namespace gp::master {
namespace {

using namespace service;

constexpr std::array<std::string_view, 3> shared_services = {"spoold", "tally", "qmgr"};

bool send_frame(int socket, const ControlFrame& frame)
{
    char octets[sizeof frame];
    std::memcpy(octets, &frame, sizeof octets);
    return static_cast<bool>(process::send_datagram(socket, {octets, sizeof octets}));
}

}

Status Guests::listen(int run_directory)
{
    listener_ = TRY(process::listen_unix(run_directory, guests_socket, 0600, static_cast<int>(most_guests)));
    return {};
}

void Guests::add_to(std::vector<pollfd>& wanted) const
{
    wanted.push_back({guests_.size() < most_guests ? listener_.get() : -1, POLLIN, 0});
    for (const auto& guest : guests_)
        wanted.push_back({guest.socket.get(), POLLIN, 0});
}

void Guests::attend(const pollfd* ready)
{
    const bool knocks = ready->revents != 0;
    guests_.remove_if([&](Guest& guest) { return (++ready)->revents && !serve(guest); });
    if (knocks)
        welcome();
}

void Guests::welcome()
{
    OwnedFd socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!socket)
        return;
    const auto peer = process::peer_of(socket.get());
    if (!peer || (peer->uid != 0 && peer->uid != ::geteuid()))
        return log::alarm("somebody else than root wants to share the spool");
    const bool has_tally = fleet_.newest("tally") != nullptr;
    last_number_ = last_number_ % 4000 + 1; // times guest_numbers, in 32 bits
    if (send_frame(socket.get(), control_frame(Control::go, {}, last_number_, has_tally ? host_has_tally : 0)))
        guests_.push_back({last_number_, std::move(socket)});
}

bool Guests::serve(Guest& guest)
{
    for (;;) {
        char octets[sizeof(ControlFrame)];
        auto got = process::receive_datagram(guest.socket.get(), octets, sizeof octets);
        if (!got && (errno == EAGAIN || errno == EWOULDBLOCK))
            return true;
        if (!got || got->size == 0)
            return false;
        ControlFrame frame;
        std::memcpy(&frame, octets, sizeof frame);
        const bool is_frame = got->size == sizeof frame && !got->truncated && frame.magic == control_magic;
        auto connected = is_frame ? connect(guest, frame, std::move(got->fd)) : Status{permanent("no frame")};
        if (connected)
            continue;
        log::alarm("guest " + std::to_string(guest.number) + ": " + connected.error().text);
        return false;
    }
}

Status Guests::connect(const Guest& guest, const ControlFrame& frame, OwnedFd end)
{
    const auto names = split(std::string_view(frame.name, ::strnlen(frame.name, sizeof frame.name)), ' ');
    if (frame.type != Control::edge || names.size() != 2 || !end || frame.value >= guest_numbers)
        return permanent("said what no guest says");
    const auto* row = privileges_of(names[0]);
    const auto asked = row ? split(row->asks, ' ') : std::vector<std::string_view>{};
    if (std::ranges::find(asked, names[1]) == asked.end() || std::ranges::find(shared_services, names[1]) == shared_services.end())
        return permanent(escape(names[0]) + " does not ask " + escape(names[1]));
    auto* target = fleet_.newest(names[1]);
    if (!target)
        return temporary(std::string(names[1]) + " is not there");
    target->tell(control_frame(Control::edge, names[0], guest.number * guest_numbers + frame.value, EdgeRole::answers),
                 std::make_shared<OwnedFd>(std::move(end)));
    return {};
}

void Guests::dismiss(bool for_good)
{
    guests_.clear();
    if (for_good)
        listener_.reset();
}

}
