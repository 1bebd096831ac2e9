#include "common/ipc/detail/inbox.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gp::ipc {
namespace {

constexpr std::size_t read_size = 256 * 1024;

// The kernel's SCM_MAX_FD: one message never has more.
constexpr std::size_t most_at_once = 253;

// Descriptors of frames that are not complete yet; more than that belong to no frame.
constexpr std::size_t most_unclaimed = 1024;

// What a frame may be longer than its body: head and the longest name.
constexpr std::size_t head_room = fixed_head_size + 255;

char* thread_buffer()
{
    thread_local const auto buffer = std::make_unique_for_overwrite<char[]>(read_size);
    return buffer.get();
}

}

Status Inbox::take_descriptors(msghdr& message)
{
    for (cmsghdr* head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        const auto count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(int));
            fds_.emplace_back(OwnedFd{fd});
        }
    }
    if (message.msg_flags & MSG_CTRUNC)
        return temporary("descriptors were lost, too many are open here");
    if (fds_.size() > most_unclaimed)
        return permanent("descriptors that belong to no message");
    return {};
}

Result<Inbox::Got> Inbox::read(int socket)
{
    kept_ = std::string{};
    iovec vectors[2];
    std::size_t count = 0;
    const auto missing = partial_size_ - partial_have_;
    if (missing > 0)
        vectors[count++] = {partial_.get() + partial_have_, missing};
    vectors[count++] = {thread_buffer(), read_size};
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = count;
    alignas(cmsghdr) char control[CMSG_SPACE(most_at_once * sizeof(int))];
    message.msg_control = control;
    message.msg_controllen = sizeof control;

    ssize_t got;
    do
        got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return Got::nothing;
    if (got < 0 && errno == ECONNRESET)
        return Got::end; // the peer died with octets of ours unread
    if (got < 0)
        return system_error("read");
    if (message.msg_controllen > 0)
        TRY(take_descriptors(message));
    if (got == 0)
        return Got::end;
    const auto size = static_cast<std::size_t>(got);
    const auto to_partial = std::min(size, missing);
    partial_have_ += to_partial;
    rest_ = {thread_buffer(), size - to_partial};
    return Got::some;
}

Result<std::size_t> Inbox::checked_length(std::string_view octets) const
{
    const std::size_t length = frame_length(octets);
    if (length < fixed_head_size)
        return permanent("frame shorter than its head");
    if (length > max_frame_ + head_room)
        return permanent("frame of " + std::to_string(length) + " octets");
    return length;
}

// The frame that had begun before, when it is complete now.
Result<std::optional<std::string_view>> Inbox::complete_partial()
{
    if (start_have_ > 0) {
        const auto part = rest_.copy(start_ + start_have_, length_size - start_have_);
        start_have_ += part;
        rest_.remove_prefix(part);
        if (start_have_ < length_size)
            return std::optional<std::string_view>{};
        partial_size_ = length_size + TRY(checked_length({start_, length_size}));
        partial_ = std::make_unique_for_overwrite<char[]>(partial_size_);
        std::memcpy(partial_.get(), start_, length_size);
        partial_have_ = length_size;
        start_have_ = 0;
    }
    const auto part = rest_.copy(partial_.get() + partial_have_, partial_size_ - partial_have_);
    partial_have_ += part;
    rest_.remove_prefix(part);
    if (partial_have_ < partial_size_)
        return std::optional<std::string_view>{};
    const std::string_view whole{partial_.get() + length_size, partial_size_ - length_size};
    partial_size_ = partial_have_ = 0; // the memory stays until it is used again
    return std::optional{whole};
}

Result<std::optional<std::string_view>> Inbox::next_octets()
{
    if (start_have_ > 0 || partial_size_ > 0)
        return complete_partial();
    if (rest_.empty()) {
        partial_.reset();
        return std::optional<std::string_view>{};
    }
    if (rest_.size() < length_size) {
        std::memcpy(start_, rest_.data(), rest_.size());
        start_have_ = rest_.size();
        rest_ = {};
        return std::optional<std::string_view>{};
    }
    const auto length = TRY(checked_length(rest_));
    if (rest_.size() >= length_size + length) {
        const auto octets = rest_.substr(length_size, length);
        rest_.remove_prefix(length_size + length);
        return std::optional{octets};
    }
    partial_size_ = length_size + length;
    partial_ = std::make_unique_for_overwrite<char[]>(partial_size_);
    std::memcpy(partial_.get(), rest_.data(), rest_.size());
    partial_have_ = rest_.size();
    rest_ = {};
    return std::optional<std::string_view>{};
}

Result<std::optional<Inbox::Arrived>> Inbox::next()
{
    const auto octets = TRY(next_octets());
    if (!octets)
        return std::optional<Arrived>{};
    Arrived arrived;
    arrived.frame = TRY(parse_frame(*octets));
    if (arrived.frame.descriptors > fds_.size())
        return permanent("frame whose descriptors did not come");
    for (int i = 0; i < arrived.frame.descriptors; ++i) {
        arrived.fds.push_back(std::move(fds_.front()));
        fds_.pop_front();
    }
    return std::optional{std::move(arrived)};
}

void Inbox::keep()
{
    if (rest_.empty() || rest_.data() == kept_.data())
        return;
    kept_ = std::string{rest_};
    rest_ = kept_;
}

}
