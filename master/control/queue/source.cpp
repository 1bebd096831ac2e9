#include "master/control/queue/source.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "common/base/text.h"
#include "common/event/loop.h"
#include "common/ipc/channel.h"
#include "common/spool/reader.h"

namespace gp::control {
namespace {

constexpr Duration patience{60'000};
constexpr std::size_t piece_size = 256 * 1024;

class RunningQueue final : public Queue {
public:
    explicit RunningQueue(std::string socket) : socket_(std::move(socket)) {}

    Status each(const std::function<void(const qmgr::Listed&)>& with, const qmgr::List& narrowed) override
    {
        return on_channel([&](ipc::Channel& channel) -> Status {
            auto question = narrowed;
            for (;;) {
                const auto page = TRY(channel.call(question, event::Deadline::in(patience)));
                for (const auto& message : page.messages)
                    with(message);
                if (!page.more || page.messages.empty())
                    return {};
                question.after = page.messages.back().id;
            }
        });
    }

    Result<Shown> show(const std::string& id, bool content) override
    {
        Shown shown;
        TRY(on_channel([&](ipc::Channel& channel) -> Status {
            auto reply = TRY(channel.call(qmgr::Show{.id = id, .content = content}, event::Deadline::in(patience)));
            shown.listed = std::move(reply.message);
            shown.envelope = std::move(reply.envelope);
            shown.headers = std::move(reply.headers);
            shown.body = std::move(reply.body);
            shown.large = reply.large.take();
            return {};
        }));
        return shown;
    }

    Result<qmgr::OperateReply> operate(const qmgr::Operate& order) override
    {
        qmgr::OperateReply reply;
        TRY(on_channel([&](ipc::Channel& channel) -> Status {
            reply = TRY(channel.call(order, event::Deadline::in(patience)));
            return {};
        }));
        return reply;
    }

    // A long body goes ahead in parts.
    Status import(qmgr::Import message, const std::string& id) override
    {
        return on_channel([&](ipc::Channel& channel) -> Status {
            if (message.body.size() > spoold::part_size) {
                const auto body = std::exchange(message.body, {});
                for (std::size_t at = 0; at < body.size(); at += spoold::part_size)
                    TRY(channel.call(spoold::LargePart{.id = id, .offset = at, .octets = body.substr(at, spoold::part_size)},
                                     event::Deadline::in(patience)));
                message.large_size = body.size();
            }
            TRY(channel.call(message, event::Deadline::in(patience)));
            return {};
        });
    }

    Result<qmgr::StatusReply> numbers(bool by_state) override
    {
        qmgr::StatusReply reply;
        TRY(on_channel([&](ipc::Channel& channel) -> Status {
            reply = TRY(channel.call(qmgr::Status{.by_state = by_state}, event::Deadline::in(patience)));
            return {};
        }));
        return reply;
    }

    Result<qmgr::AccountsReply> accounts(const qmgr::AskAccounts& question) override
    {
        qmgr::AccountsReply reply;
        TRY(on_channel([&](ipc::Channel& channel) -> Status {
            reply = TRY(channel.call(question, event::Deadline::in(patience)));
            return {};
        }));
        return reply;
    }

private:
    Status on_channel(const std::function<Status(ipc::Channel&)>& work)
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (socket_.size() >= sizeof address.sun_path)
            return misconfigured("the path " + socket_ + " is too long for a socket");
        std::memcpy(address.sun_path, socket_.data(), socket_.size());
        OwnedFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return system_error("connect to " + socket_);
        Status done;
        event::Loop loop;
        TRY(loop.spawn("queue", [&] {
            auto channel = ipc::Channel::open(std::move(socket), "qmgr", nullptr);
            done = work(*channel);
        }));
        loop.run_until_idle();
        return done;
    }

    std::string socket_;
};

class StoppedQueue final : public Queue {
public:
    static Result<std::unique_ptr<Queue>> open(const std::string& directory)
    {
        auto queue = std::make_unique<StoppedQueue>();
        OwnedFd place{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!place)
            return system_error("open " + directory);
        queue->reader_ = TRY(spool::Reader::open(queue->io_, std::move(place)));
        return std::unique_ptr<Queue>{std::move(queue)};
    }

    Status each(const std::function<void(const qmgr::Listed&)>& with, const qmgr::List&) override
    {
        for (const auto& [id, entry] : reader_->catalog().index.all()) {
            const auto message = TRY(reader_->read(id, spool::want_envelope | spool::want_reason));
            with(listed(message, entry));
        }
        return {};
    }

    Result<Shown> show(const std::string& id, bool content) override
    {
        const auto key = TRY(spool::Key::parse(id));
        const auto* entry = reader_->catalog().index.find(key);
        if (!entry)
            return permanent("there is no message " + escape(id));
        auto message = TRY(reader_->read(key, spool::want_envelope | spool::want_reason |
                                                  (content ? spool::want_headers | spool::want_body : 0u)));
        Shown shown{.listed = listed(message, *entry)};
        shown.envelope = std::move(message.envelope);
        shown.headers = std::move(message.stored.headers);
        shown.body = std::move(message.stored.body);
        if (content && message.stored.large)
            shown.large = TRY(reader_->large_body(key));
        return shown;
    }

    Result<qmgr::OperateReply> operate(const qmgr::Operate& order) override
    {
        return permanent("queue " + order.order + " needs the suite to run: gatepost start");
    }

    Status import(qmgr::Import, const std::string&) override
    {
        return permanent("the suite does not run");
    }

    Result<qmgr::StatusReply> numbers(bool by_state) override
    {
        if (!by_state)
            return qmgr::StatusReply{.messages = reader_->catalog().index.size()};
        return permanent("the suite does not run: nothing is counted");
    }

    Result<qmgr::AccountsReply> accounts(const qmgr::AskAccounts&) override
    {
        return permanent("the suite does not run: accounts are counted by it");
    }

private:
    static qmgr::Listed listed(const spool::Reader::Message& message, const spool::Entry& entry)
    {
        qmgr::Listed out;
        out.id = message.envelope.id;
        out.sender = message.envelope.sender;
        out.size = entry.size - std::min<std::uint64_t>(entry.size, entry.lines);
        out.received = message.envelope.received;
        out.next_try = entry.next_try == spool::due_after_outcome ? 0 : entry.next_try;
        out.frozen = message.envelope.frozen;
        out.reason = message.stored.reason;
        out.queue = message.envelope.queue;
        out.recipients = message.envelope.recipients;
        if (message.envelope.origin.local)
            out.login = message.envelope.origin.login;
        return out;
    }

    spool::Io io_;
    std::unique_ptr<spool::Reader> reader_;
};

}

Result<std::unique_ptr<Queue>> find_queue(const Invocation& call)
{
    const auto instance = TRY(Instance::find(call));
    if (instance.master())
        return std::unique_ptr<Queue>{std::make_unique<RunningQueue>(instance.run_path("control"))};
    return StoppedQueue::open(instance.path() + "/spool");
}

std::string whole_body(const Shown& shown)
{
    std::string body = shown.body;
    std::string piece(piece_size, '\0');
    for (off_t at = 0; shown.large;) {
        const auto got = ::pread(shown.large.get(), piece.data(), piece.size(), at);
        if (got <= 0)
            break;
        body.append(piece, 0, static_cast<std::size_t>(got));
        at += got;
    }
    return body;
}

}
