#include "common/ipc/channel.h"

#include "common/base/text.h"
#include "common/ipc/detail/call_table.h"
#include "common/ipc/detail/frame.h"
#include "common/ipc/detail/inbox.h"
#include "common/ipc/detail/outbox.h"
#include "common/log/log.h"

namespace gp::ipc {
namespace {

// Reads in one report of the socket; then other channels get their turn.
constexpr int most_reads = 16;

// One loop runs in a thread, and only one thread of a service has channels.
thread_local Task before_flush;

// A name that a peer made up, for the log.
std::string shown(std::string_view name)
{
    return "\"" + escape(name.substr(0, 64)) + "\"";
}

}

struct Channel::Impl {
    Impl(Channel& channel, OwnedFd fd, std::string channel_name, Dispatcher* who_answers,
         const Limits& bounds);

    // Reading.
    void readable();
    bool read_once();
    bool take_frames();
    Status handle(Inbox::Arrived arrived);
    Status handle_request(const Frame& frame, std::vector<Fd> fds);
    Status handle_notice(const Frame& frame, std::vector<Fd> fds);
    Status handle_answer(const Frame& frame, std::vector<Fd> fds);
    Result<const Service*> service_for(const Frame& frame, bool is_request) const;
    void answer(const Service& service, std::uint32_t correlation, std::string_view body,
                std::vector<Fd> fds);
    void answered();

    // Writing.
    void put(FrameKind kind, std::string_view message, std::uint32_t correlation, std::string body,
             std::vector<Fd> fds);
    void put_error(std::uint32_t correlation, const Error& error);
    void flush();
    void blocked();
    bool wait_for_room(event::Deadline until);
    void let_in_waiting();

    void fail(std::string_view why);
    void shut();
    Error lost() const { return temporary("lost connection to " + name, Cause::closed); }

    Channel& self;
    OwnedFd socket;
    std::string name;
    Dispatcher* dispatcher;
    Limits limits;
    std::uint64_t id;
    std::unique_ptr<event::FdWatch> watch;
    Inbox in;
    Outbox out;
    CallTable calls;
    std::vector<Task> on_close;
    std::vector<event::Notice*> waiting_for_room;
    event::Timer stall;
    std::uint64_t written_at_block = 0;
    std::size_t answering = 0;
    bool paused = false; // too many requests are being answered
    bool flush_due = false;
    bool is_blocked = false; // the socket takes no more for now
};

Channel::Impl::Impl(Channel& channel, OwnedFd fd, std::string channel_name, Dispatcher* who_answers,
                    const Limits& bounds)
    : self(channel), socket(std::move(fd)), name(std::move(channel_name)), dispatcher(who_answers),
      limits(bounds), in(bounds.max_frame), stall([this] {
          const auto hold = self.shared_from_this();
          fail("the peer reads nothing");
      })
{
    static std::uint64_t last_id = 0;
    id = ++last_id;
    watch = std::make_unique<event::FdWatch>(socket.get());
    watch->on_readable([this] { readable(); });
}

// --- reading ---

void Channel::Impl::readable()
{
    const auto hold = self.shared_from_this();
    if (!take_frames()) // what a pause left behind
        return;
    for (int i = 0; i < most_reads; ++i)
        if (!read_once())
            return;
    watch->report_again();
}

// False when there is nothing more to read for now. Reads until the socket has nothing: a peer that died
// with octets of ours unread is not reported apart from its last octets.
bool Channel::Impl::read_once()
{
    const auto got = in.read(socket.get());
    if (!got) {
        fail(got.error().text);
        return false;
    }
    if (*got == Inbox::Got::end)
        shut();
    return *got == Inbox::Got::some && take_frames();
}

// False when the channel is closed or paused.
bool Channel::Impl::take_frames()
{
    while (socket && !paused) {
        auto arrived = in.next();
        if (arrived && !*arrived)
            return true;
        auto handled = arrived ? handle(std::move(**arrived)) : Status{std::move(arrived).error()};
        if (!handled)
            fail(handled.error().text);
    }
    in.keep();
    return false;
}

Status Channel::Impl::handle(Inbox::Arrived arrived)
{
    switch (arrived.frame.kind) {
    case FrameKind::request:
        return handle_request(arrived.frame, std::move(arrived.fds));
    case FrameKind::notice:
        return handle_notice(arrived.frame, std::move(arrived.fds));
    case FrameKind::reply:
    case FrameKind::error:
        return handle_answer(arrived.frame, std::move(arrived.fds));
    }
    return permanent("no such kind of frame");
}

Result<const Service*> Channel::Impl::service_for(const Frame& frame, bool is_request) const
{
    const Service* service = dispatcher ? dispatcher->find(frame.name) : nullptr;
    if (!service)
        return permanent("unknown message " + shown(frame.name));
    if (service->is_request != is_request)
        return permanent("message " + shown(frame.name) + " comes as the wrong kind of frame");
    if (frame.body.size() > service->max_size)
        return permanent("message " + shown(frame.name) + " of " + std::to_string(frame.body.size()) +
                         " octets");
    return service;
}

Status Channel::Impl::handle_notice(const Frame& frame, std::vector<Fd> fds)
{
    const Service* service = TRY(service_for(frame, false));
    std::vector<Fd> none;
    // A notice that does not decode has closed the channel and said why.
    [[maybe_unused]] const auto done = service->run(self, frame.body, fds, none);
    return {};
}

Status Channel::Impl::handle_request(const Frame& frame, std::vector<Fd> fds)
{
    const Service* service = TRY(service_for(frame, true));
    ++answering;
    paused = answering >= limits.in_flight;
    const auto correlation = frame.correlation;
    auto begun = event::Loop::current().spawn(service->name, [hold = self.shared_from_this(), this, service,
                                                              correlation, body = std::string(frame.body),
                                                              descriptors = std::move(fds)]() mutable {
        answer(*service, correlation, body, std::move(descriptors));
    });
    if (!begun) {
        put_error(correlation, begun.error());
        answered();
    }
    return {};
}

void Channel::Impl::answer(const Service& service, std::uint32_t correlation, std::string_view body,
                           std::vector<Fd> fds)
{
    struct Leaving {
        Impl& channel;
        ~Leaving() { channel.answered(); }
    } const leaving{*this};
    std::vector<Fd> fds_out;
    auto reply = service.run(self, body, fds, fds_out);
    if (!socket)
        return;
    if (!reply)
        return put_error(correlation, reply.error());
    if (reply->size() > service.max_reply || fds_out.size() > most_descriptors)
        return put_error(
            correlation,
            permanent("the answer to " + std::string(service.name) + " is too large", Cause::too_big));
    put(FrameKind::reply, {}, correlation, std::move(*reply), std::move(fds_out));
}

// One request less; reading goes on when half of them are done.
void Channel::Impl::answered()
{
    --answering;
    if (!paused || answering > limits.in_flight / 2)
        return;
    paused = false;
    if (watch)
        watch->report_again();
}

Status Channel::Impl::handle_answer(const Frame& frame, std::vector<Fd> fds)
{
    const auto [found, call] = calls.take(frame.correlation);
    if (found == CallTable::Found::never_asked)
        return permanent("an answer to nothing that was asked");
    if (found == CallTable::Found::abandoned)
        return {}; // its caller's deadline has passed
    auto complain = [&, waiting = call](std::string why) -> Status {
        waiting->result = lost();
        waiting->answered = true;
        waiting->done.notify();
        return permanent(std::move(why));
    };
    if (!frame.name.empty())
        return complain("an answer with a name");
    if (frame.body.size() > call->max_reply)
        return complain("an answer of " + std::to_string(frame.body.size()) + " octets");
    if (frame.kind == FrameKind::reply) {
        call->result = std::string(frame.body);
        call->fds = std::move(fds);
    } else {
        auto error = decode<ErrorBody>(frame.body);
        if (!error)
            return complain("malformed error: " + error.error().text);
        call->result = Error{error->blame, std::move(error->text), error->cause};
    }
    call->answered = true;
    call->done.notify();
    return {};
}

// --- writing ---

void Channel::Impl::put(FrameKind kind, std::string_view message, std::uint32_t correlation, std::string body,
                        std::vector<Fd> fds)
{
    Frame frame;
    frame.kind = kind;
    frame.name = message;
    frame.correlation = correlation;
    out.add(frame, std::move(body), std::move(fds));
    if (out.octets() > limits.out_most)
        return fail("the peer does not read fast enough");
    if (flush_due || is_blocked)
        return;
    flush_due = true;
    event::Loop::current().defer([hold = self.shared_from_this(), this] { flush(); });
}

void Channel::Impl::put_error(std::uint32_t correlation, const Error& error)
{
    // A text that grew out of somebody's input must not make the frame too large for its reader.
    constexpr std::size_t longest_text = 8192;
    put(FrameKind::error, {}, correlation,
        encode(ErrorBody{error.blame, error.cause, error.text.substr(0, longest_text)}), {});
}

void Channel::Impl::flush()
{
    flush_due = false;
    if (before_flush)
        before_flush();
    if (!socket)
        return;
    const auto flushed = out.flush(socket.get());
    is_blocked = !flushed || *flushed == Outbox::Flushed::blocked;
    let_in_waiting();
    if (!flushed)
        // The peer is gone, but its last answers may still lie here: reading comes to their end and closes.
        watch->report_again();
    else if (is_blocked)
        blocked();
    else
        stall.cancel();
}

void Channel::Impl::blocked()
{
    if (!stall.running() || out.written() != written_at_block)
        stall.start(limits.stall);
    written_at_block = out.written();
    watch->when_writable([this] {
        const auto hold = self.shared_from_this();
        flush();
    });
}

bool Channel::Impl::wait_for_room(event::Deadline until)
{
    while (socket && out.octets() > limits.out_high) {
        event::Notice room;
        waiting_for_room.push_back(&room);
        struct Leaving {
            std::vector<event::Notice*>& waiting;
            event::Notice* me;
            ~Leaving() { std::erase(waiting, me); }
        } const leaving{waiting_for_room, &room};
        if (!room.wait(until))
            return false;
    }
    return true;
}

void Channel::Impl::let_in_waiting()
{
    if (waiting_for_room.empty() || out.octets() > limits.out_high / 2)
        return;
    for (auto* waiting : std::exchange(waiting_for_room, {}))
        waiting->notify();
}

// --- closing ---

void Channel::Impl::fail(std::string_view why)
{
    if (!socket)
        return;
    log::warning("closing channel to " + name + ": " + std::string(why));
    shut();
}

void Channel::Impl::shut()
{
    if (!socket)
        return;
    [[maybe_unused]] const auto last_words = out.flush(socket.get());
    stall.cancel();
    watch.reset();
    socket.reset();
    for (Call* call : calls.take_all()) {
        call->result = lost();
        call->answered = true;
        call->done.notify();
    }
    for (auto* waiting : std::exchange(waiting_for_room, {}))
        waiting->notify();
    event::Loop::current().defer(
        [hold = self.shared_from_this(), this, callbacks = std::exchange(on_close, {})]() mutable {
            if (dispatcher)
                dispatcher->peer_gone(self);
            for (auto& callback : callbacks)
                callback();
        });
}

// --- the public face ---

std::shared_ptr<Channel> Channel::open(OwnedFd socket, std::string name, Dispatcher* dispatcher)
{
    return open(std::move(socket), std::move(name), dispatcher, Limits{});
}

std::shared_ptr<Channel> Channel::open(OwnedFd socket, std::string name, Dispatcher* dispatcher,
                                       const Limits& limits)
{
    return std::shared_ptr<Channel>(new Channel(std::move(socket), std::move(name), dispatcher, limits));
}

Channel::Channel(OwnedFd socket, std::string name, Dispatcher* dispatcher, const Limits& limits)
    : impl_(std::make_unique<Impl>(*this, std::move(socket), std::move(name), dispatcher, limits))
{}

Channel::~Channel() = default;

Result<std::string> Channel::exchange(const Question& question, std::string body, std::vector<Fd> fds,
                                      std::vector<Fd>& fds_back, event::Deadline until)
{
    const auto hold = shared_from_this();
    auto& impl = *impl_;
    if (!event::in_fiber())
        panic("only a fiber asks and waits");
    if (body.size() > question.max_size || fds.size() > most_descriptors)
        return permanent("message " + std::string(question.name) + " is too large", Cause::too_big);
    if (!impl.wait_for_room(until))
        return temporary(impl.name + " is overloaded", Cause::timeout);
    if (!impl.socket)
        return impl.lost();
    Call call;
    call.max_reply = question.max_reply;
    const auto number = impl.calls.open(call);
    if (!number)
        return temporary("too many calls to " + impl.name + " at once");
    struct Leaving {
        Impl& channel;
        std::uint32_t number;
        const Call& call;
        ~Leaving()
        {
            if (!call.answered)
                channel.calls.abandon(number);
        }
    } const leaving{impl, *number, call};
    impl.put(FrameKind::request, question.name, *number, std::move(body), std::move(fds));
    call.done.wait(until);
    if (!call.answered) {
        if (impl.calls.abandoned() + 1 >= impl.limits.unanswered)
            impl.fail("the peer answers nothing");
        return temporary(impl.name + " did not answer " + std::string(question.name) + " in time",
                         Cause::timeout);
    }
    fds_back = std::move(call.fds);
    return std::move(call.result);
}

void Channel::post(const Question& message, std::string body, std::vector<Fd> fds)
{
    const auto hold = shared_from_this();
    if (body.size() > message.max_size || fds.size() > most_descriptors)
        return log::warning("notice " + std::string(message.name) + " to " + impl_->name +
                            " is too large and was not sent");
    if (event::in_fiber())
        impl_->wait_for_room(event::Deadline::never()); // ends with the channel: see Limits::stall
    if (impl_->socket)
        impl_->put(FrameKind::notice, message.name, 0, std::move(body), std::move(fds));
}

void Channel::malformed(std::string_view message, const Error& error)
{
    impl_->fail("malformed answer to " + std::string(message) + ": " + error.text);
}

bool Channel::is_open() const
{
    return static_cast<bool>(impl_->socket);
}

void Channel::close(std::string_view why)
{
    if (why.empty())
        impl_->shut();
    else
        impl_->fail(why);
}

const std::string& Channel::name() const
{
    return impl_->name;
}

std::size_t Channel::outstanding() const
{
    return impl_->calls.waiting();
}

std::size_t Channel::answering() const
{
    return impl_->answering;
}

void Channel::flush_now()
{
    if (impl_->flush_due)
        impl_->flush();
}

void Channel::before_each_flush(Task task)
{
    before_flush = std::move(task);
}

std::size_t Channel::waiting_octets() const
{
    return impl_->out.octets();
}

void Channel::on_close(Task callback)
{
    if (impl_->socket)
        impl_->on_close.push_back(std::move(callback));
    else
        event::Loop::current().defer(std::move(callback));
}

std::uint64_t Channel::id() const
{
    return impl_->id;
}

int Channel::fd() const
{
    return impl_->socket.get();
}

}
