// Frames on their way out: gathered over a turn of the loop, written with as few calls as possible.
//
// A descriptor travels with the first octet of the segment that begins with its frame, so the receiver
// has it before the frame is complete, and in order.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/ipc/detail/frame.h"
#include "common/ipc/message.h"

namespace gp::ipc {

class Outbox {
public:
    // `frame.body` is not looked at: the body is `body`.
    void add(Frame frame, std::string body, std::vector<Fd> fds);

    enum class Flushed { all, blocked };
    // Writes until everything is gone or the socket takes no more.
    Result<Flushed> flush(int socket);

    std::size_t octets() const { return octets_; }
    std::uint64_t written() const { return written_; } // since the beginning

private:
    struct Segment {
        std::string octets;
        std::vector<Fd> fds;
        std::size_t sent = 0;
        bool sealed = false; // a large body that was moved in: nothing is appended
    };
    Segment& open_segment(bool fresh);
    ssize_t send_some(int socket);
    void drop_sent(std::size_t size);

    std::deque<Segment> segments_;
    std::string spare_; // keeps the memory of the last turn's segment
    std::size_t octets_ = 0;
    std::uint64_t written_ = 0;
};

}
