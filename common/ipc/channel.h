// A Unix stream socket to another of our processes, carrying many conversations at once.
//
// Frame: u32 length of what follows (little endian), u8 kind (request, reply, error, notice), u8
// number of descriptors, u32 correlation, u8 length of the message's name, the name, the body. Replies
// and errors carry no name: the correlation says what they answer. All frames of one turn of the event
// loop leave in one write. A frame that is too large for its type, malformed, unknown or unexpected
// closes the channel and is logged: it never crashes us.
//
// A channel lives as long as somebody holds it; dropping the last reference closes it, after what was
// sent has been handed to the kernel as far as that takes it at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/event/loop.h"
#include "common/ipc/codec.h"
#include "common/ipc/message.h"

namespace gp::ipc {

class Channel;

// One message type as an endpoint serves it; made by Endpoint (endpoint.h).
struct Service {
    std::string_view name;
    std::size_t max_size;
    std::size_t max_reply;
    bool is_request;
    // Decodes, runs and encodes. For a request it runs on a fiber of its own and returns the
    // reply's body; for a notice it runs outside of any fiber and must not suspend.
    std::function<Result<std::string>(Channel& from, std::string_view body, std::vector<Fd>& fds_in,
                                      std::vector<Fd>& fds_out)>
        run;
};

// What a caller wants: the name of the message and how large it and its answer may be.
struct Question {
    std::string_view name;
    std::size_t max_size;
    std::size_t max_reply;
};

// Who answers what comes in. Null for a channel on which only we ask.
class Dispatcher {
public:
    virtual ~Dispatcher() = default;
    virtual const Service* find(std::string_view name) const = 0;
    // The channel closed; state that belongs to it can go. Outside of any fiber.
    virtual void peer_gone(Channel&) {}
};

class Channel : public std::enable_shared_from_this<Channel> {
public:
    struct Limits {
        std::size_t out_high =
            4 * 1024 * 1024; // octets waiting to be written; beyond it call() and send() wait
        std::size_t out_most = 64 * 1024 * 1024; // beyond it (from outside of a fiber) the channel is closed
        std::size_t in_flight = 4096; // requests of the peer being answered; beyond it reading pauses
        std::size_t max_frame = 16 * 1024 * 1024; // octets of a message, hard limit over all types
        std::size_t unanswered = 65536; // calls that we gave up and the peer still owes; then it is closed
        Duration stall{60'000};         // a peer that reads nothing for so long is closed
    };

    // `name` is for logs: "router/1". Reading starts at once. The dispatcher must live until peer_gone() was
    // called or the loop has ended.
    static std::shared_ptr<Channel> open(OwnedFd socket, std::string name, Dispatcher* dispatcher);
    static std::shared_ptr<Channel> open(OwnedFd socket, std::string name, Dispatcher* dispatcher,
                                         const Limits& limits);
    ~Channel();

    // Asks and suspends for the answer. Errors: the peer's own Error; temporary with cause timeout
    // or closed. Must be called on a fiber.
    template <Request M>
    Result<typename M::Reply> call(const M& message, event::Deadline until)
    {
        std::vector<Fd> fds;
        std::string body = encode(message, &fds);
        std::vector<Fd> fds_back;
        constexpr Question question{M::name, max_size_of<M>(), max_reply_of<M>()};
        auto reply = exchange(question, std::move(body), std::move(fds), fds_back, until);
        if (!reply)
            return std::move(reply).error();
        auto decoded = decode<typename M::Reply>(*reply, &fds_back);
        if (!decoded)
            malformed(M::name, decoded.error());
        return decoded;
    }

    // Tells; suspends only when too much is waiting to be written, and only on a fiber.
    template <NoticeMessage M>
    void send(const M& message)
    {
        std::vector<Fd> fds;
        std::string body = encode(message, &fds);
        post({M::name, max_size_of<M>(), 0}, std::move(body), std::move(fds));
    }

    // What is said in a turn of the loop leaves at its end; after this, what was said so far has left now, in front of
    // what other channels still hold.
    void flush_now();
    // `task` runs whenever octets of any channel of this process are about to leave: log lines go in front of what makes
    // another process write its own. It may send and flush_now; empty: none.
    static void before_each_flush(Task task);

    bool is_open() const;
    // Outstanding calls fail with cause closed. `why` goes to the log as a warning; empty: nothing to tell.
    void close(std::string_view why);
    const std::string& name() const;
    std::size_t outstanding() const; // our calls without an answer yet
    std::size_t answering() const;   // the peer's requests that we have not answered yet
    std::size_t waiting_octets() const;
    void on_close(Task callback); // each one once, outside of any fiber; at once (deferred) when it is closed
    std::uint64_t id() const;     // unique in this process
    int fd() const;               // -1 when closed; for SO_PEERCRED

private:
    struct Impl;
    Channel(OwnedFd socket, std::string name, Dispatcher* dispatcher, const Limits& limits);
    Result<std::string> exchange(const Question& question, std::string body, std::vector<Fd> fds,
                                 std::vector<Fd>& fds_back, event::Deadline until);
    void post(const Question& message, std::string body, std::vector<Fd> fds);
    void malformed(std::string_view message, const Error& error);
    std::unique_ptr<Impl> impl_;
};

}
