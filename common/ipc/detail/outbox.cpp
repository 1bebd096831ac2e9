#include "common/ipc/detail/outbox.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gp::ipc {
namespace {

constexpr std::size_t worth_moving = 32 * 1024; // a larger body is not copied
constexpr std::size_t full_segment = 256 * 1024;
constexpr std::size_t worth_keeping = 64 * 1024; // more memory than that is given back
constexpr std::size_t most_vectors = 64;

}

Outbox::Segment& Outbox::open_segment(bool fresh)
{
    if (fresh || segments_.empty() || segments_.back().sealed ||
        segments_.back().octets.size() >= full_segment) {
        segments_.emplace_back();
        segments_.back().octets = std::exchange(spare_, {});
    }
    return segments_.back();
}

void Outbox::add(Frame frame, std::string body, std::vector<Fd> fds)
{
    frame.body = body;
    frame.descriptors = static_cast<std::uint8_t>(fds.size());
    auto& segment = open_segment(!fds.empty());
    const auto before = segment.octets.size();
    append_head(segment.octets, frame);
    if (!fds.empty())
        segment.fds = std::move(fds);
    octets_ += segment.octets.size() - before + body.size();
    if (body.size() < worth_moving) {
        segment.octets.append(body);
        return;
    }
    auto& large = open_segment(true);
    large.octets = std::move(body);
    large.sealed = true;
}

// One sendmsg of all segments up to the next one that has descriptors.
ssize_t Outbox::send_some(int socket)
{
    std::array<iovec, most_vectors> vectors;
    std::size_t count = 0;
    for (auto& segment : segments_) {
        if (count == vectors.size() || (count > 0 && !segment.fds.empty()))
            break;
        vectors[count++] = {segment.octets.data() + segment.sent, segment.octets.size() - segment.sent};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    alignas(cmsghdr) char control[CMSG_SPACE(most_descriptors * sizeof(int))];
    const auto& fds = segments_.front().fds;
    if (!fds.empty()) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
        std::memset(control, 0, message.msg_controllen);
        cmsghdr* head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
        for (std::size_t i = 0; i < fds.size(); ++i) {
            const int fd = fds[i].get();
            std::memcpy(CMSG_DATA(head) + i * sizeof(int), &fd, sizeof(int));
        }
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Outbox::drop_sent(std::size_t size)
{
    octets_ -= size;
    written_ += size;
    while (size > 0) {
        auto& segment = segments_.front();
        segment.fds.clear(); // they went with the first octet
        const auto part = std::min(size, segment.octets.size() - segment.sent);
        segment.sent += part;
        size -= part;
        if (segment.sent < segment.octets.size())
            return;
        if (segment.octets.capacity() <= worth_keeping) {
            spare_ = std::move(segment.octets);
            spare_.clear();
        }
        segments_.pop_front();
    }
}

Result<Outbox::Flushed> Outbox::flush(int socket)
{
    while (!segments_.empty()) {
        const auto size = send_some(socket);
        if (size > 0)
            drop_sent(static_cast<std::size_t>(size));
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return Flushed::blocked;
        else if (errno != EINTR)
            return system_error("write");
    }
    return Flushed::all;
}

}
