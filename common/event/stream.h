// Bytes both ways with a deadline for each wait: a socket, a TLS session over one, a test's fake.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/event/loop.h"

namespace gp::event {

class Stream {
public:
    virtual ~Stream() = default;

    // At least one byte, or 0 at the end of the stream. Errors have cause timeout or closed.
    virtual Result<std::size_t> read(std::span<char> into, Deadline until) = 0;
    // Waits until read() has something to say, holding no buffer meanwhile.
    virtual Status wait_readable(Deadline until) = 0;
    // All of it, in as few segments as possible.
    virtual Status write(std::string_view bytes, Deadline until) = 0;
    // True when read() would not block (data, end or error is there): for early talkers and
    // for deciding whether a pipelined reply may still wait. Never suspends. (A pipe's end is not seen.)
    virtual bool has_input() = 0;
    // No more will be written; what was written is sent.
    virtual void finish() = 0;
    // Wakes whoever waits on this stream, with Cause::closed; safe from another fiber.
    virtual void abort() = 0;
    virtual int fd() const { return -1; }
};

// A connected, non-blocking stream socket (TCP or Unix) or pipe end.
class FdStream final : public Stream {
public:
    explicit FdStream(OwnedFd fd); // sets O_NONBLOCK
    ~FdStream() override;
    Result<std::size_t> read(std::span<char> into, Deadline until) override;
    Status wait_readable(Deadline until) override;
    Status write(std::string_view bytes, Deadline until) override;
    bool has_input() override;
    void finish() override;
    void abort() override;
    int fd() const override { return fd_.get(); }

private:
    Status await_readable(Deadline until);
    ssize_t receive(std::span<char> into);
    ssize_t transmit(std::string_view bytes);
    void settle_for_pipe();

    OwnedFd fd_;
    std::unique_ptr<FdWatch> watch_;
    bool is_socket_ = true; // until the kernel says otherwise
    bool aborted_ = false;
    // Nothing is left to read until the descriptor is reported again: `certain_` when the kernel said
    // so, otherwise concluded from a read that returned less than was asked for.
    bool drained_ = true;
    bool certain_ = true;
};

// Accepts connections until stopped; each one is handed, non-blocking, close-on-exec and (TCP) with
// TCP_NODELAY, to `on_connection` outside of any fiber. Errors such as EMFILE pause accepting for a moment
// and are told to `on_error`.
class Listener {
public:
    using Accepted = std::function<void(OwnedFd)>;
    using AcceptedFrom = std::function<void(OwnedFd, const sockaddr_storage& peer, socklen_t peer_length)>;
    using Failed = std::function<void(const Error&)>;
    Listener(int listening_fd, Accepted on_connection, Failed on_error); // does not own the fd
    Listener(int listening_fd, AcceptedFrom on_connection, Failed on_error);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    void pause(); // leaves connections in the kernel's queue
    void resume();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}
