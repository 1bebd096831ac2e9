#include "common/service/line_sender.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "common/ipc/codec.h"
#include "common/log/logd/protocol.h"

namespace gp::service {
namespace {

constexpr char kind_notice = 3; // common/ipc/channel.h has the layout of a frame

void append_number(std::string& out, std::uint32_t number)
{
    for (int shift = 0; shift < 32; shift += 8)
        out.push_back(static_cast<char>(number >> shift));
}

std::string frame_of(const log::Entry& entry)
{
    logd::Line line;
    line.file = static_cast<logd::Line::File>(entry.file);
    line.when = entry.when.time_since_epoch().count();
    line.pid = static_cast<std::uint32_t>(::getpid());
    line.text = entry.text;
    const auto body = ipc::encode(logd::Lines{{line}});
    std::string rest;
    rest.push_back(kind_notice);
    rest.push_back(0);      // descriptors
    append_number(rest, 0); // correlation
    rest.push_back(static_cast<char>(logd::Lines::name.size()));
    rest.append(logd::Lines::name).append(body);
    std::string frame;
    append_number(frame, static_cast<std::uint32_t>(rest.size()));
    return frame + rest;
}

}

void LineSender::take(const log::Entry& entry)
{
    if (to_stderr_) {
        const auto line = std::string(entry.text) + "\n";
        if (entry.file == log::File::main && ::write(STDERR_FILENO, line.data(), line.size()) < 0)
            to_stderr_ = false;
    }
    waiting_.push_back(frame_of(entry));
    if (waiting_.size() > most_waiting && (sent_ == 0 || waiting_.size() > 1))
        waiting_.erase(waiting_.begin() + (sent_ > 0 ? 1 : 0));
    flush();
}

void LineSender::connect(OwnedFd socket)
{
    socket_ = std::move(socket);
    sent_ = 0; // a line that was half sent is sent again, whole
    flush();
}

void LineSender::flush()
{
    while (socket_ && !waiting_.empty()) {
        const auto& frame = waiting_.front();
        const auto sent =
            ::send(socket_.get(), frame.data() + sent_, frame.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno != EAGAIN && errno != EINTR)
                socket_.reset();
            return;
        }
        sent_ += static_cast<std::size_t>(sent);
        if (sent_ < frame.size())
            return;
        sent_ = 0;
        waiting_.pop_front();
    }
}

}
