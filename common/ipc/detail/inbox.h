// What comes in on a channel, cut into frames.
//
// All channels of a thread read into one large buffer. A frame that is complete in it is looked at in
// place; the beginning of one that is not moves to memory of its own, which the next read fills first.
// So a channel on which nothing is under way costs no buffer, and a large frame is read into its place.
#pragma once

#include "common/base/result.h"
#include "common/ipc/detail/frame.h"
#include "common/ipc/message.h"

#include <sys/socket.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gp::ipc {

class Inbox {
public:
    explicit Inbox(std::size_t max_frame) : max_frame_(max_frame) {}

    enum class Got { some, nothing, end };
    // One recvmsg. All complete frames must have been taken by next().
    Result<Got> read(int socket);

    struct Arrived {
        Frame frame; // looks into memory that is valid until the next call of next() or read()
        std::vector<Fd> fds;
    };
    // The next complete frame, if there is one; an error when the stream makes no sense.
    Result<std::optional<Arrived>> next();

    // Keeps what was read and not yet taken, because another channel reads meanwhile.
    void keep();

private:
    Result<std::optional<std::string_view>> next_octets();
    Result<std::size_t> checked_length(std::string_view octets) const;
    Result<std::optional<std::string_view>> complete_partial();
    Status take_descriptors(msghdr& message);

    std::size_t max_frame_;
    std::string_view rest_; // read and not yet taken: in the thread's buffer, or in kept_
    std::string kept_;
    // The frame that has begun: octets with the length in front.
    std::unique_ptr<char[]> partial_;
    std::size_t partial_size_ = 0; // 0: none
    std::size_t partial_have_ = 0;
    char start_[length_size] = {}; // fewer than four octets: not even the length is known
    std::size_t start_have_ = 0;
    std::deque<Fd> fds_; // in order of arrival
};

}
