// A spoold without its process: the service over a scratch spool, and channels of those who talk to it.
#pragma once

#include "cleanup/spoold/spooler.h"
#include "common/log/log.h"
#include "tests/support/fiber_test.h"
#include "tests/support/sockets.h"
#include "tests/unit/spool/scratch_spool.h"

namespace gp::spoold {

using spool::TestMail;
using spool::test_id;
using spool::test_key;

// qmgr's ears.
class Ears final : public ipc::Endpoint<Arrived, Logged, Released, Space, Recall> {
public:
    void notice(const Arrived& message, ipc::Channel&) override
    {
        ++frames;
        for (const auto& entry : message.entries)
            arrived.push_back(entry);
        heard.notify();
    }
    void notice(const Released& message, ipc::Channel&) override
    {
        released.push_back(message);
        heard.notify();
    }
    void notice(const Logged& message, ipc::Channel&) override { logged.push_back(message.line); }
    Result<Recalled> answer(const Recall& wanted, ipc::Channel&) override
    {
        recalls.push_back(wanted);
        if (on_recall)
            on_recall();
        return Recalled{lets_go};
    }
    void notice(const Space& message, ipc::Channel&) override
    {
        space.push_back(message);
        heard.notify();
    }
    // Waits until `enough` says so.
    template <class F>
    void until(F enough)
    {
        while (!enough() && heard.wait(test::soon())) {
        }
        EXPECT_TRUE(enough());
    }

    std::vector<Entry> arrived;
    std::vector<Released> released;
    std::vector<Space> space;
    std::vector<std::string> logged, lets_go;
    std::vector<Recall> recalls;
    Task on_recall;
    unsigned frames = 0;
    event::Notice heard;
};

// Fails calls that a test names, or makes them wait; counts barriers.
class Disk final : public spool::IoHook {
public:
    int before(const spool::CallInfo& call, std::size_t&) override
    {
        if (call.call == spool::Call::sync && held) {
            is_waiting = true;
            held.wait(true);
        }
        if (call.call == spool::Call::sync && fail_one_sync.exchange(false))
            return EIO;
        if (fail && (call.call == spool::Call::write || call.call == spool::Call::sync))
            return EIO;
        if (full && call.call == spool::Call::open && call.name.ends_with(".new"))
            return ENOSPC;
        syncs += call.call == spool::Call::sync;
        return 0;
    }
    void after(const spool::CallInfo&, long) override {}
    std::atomic<bool> fail = false; // every write and sync
    std::atomic<bool> full = false; // no new segment can be made
    std::atomic<bool> fail_one_sync = false;
    std::atomic<bool> held = false;       // syncs wait until it is let go, and notified
    std::atomic<bool> is_waiting = false; // one does
    std::atomic<unsigned> syncs = 0;
};

inline Parameters small_parameters()
{
    Parameters parameters;
    parameters.spool_segment_size = 256 * 1024;
    parameters.spool_first_segment_size = 128 * 1024;
    parameters.spool_compact_segments = 4;
    parameters.spool_retry_interval = 1;
    parameters.spool_uncertain_grace = 0;
    return parameters;
}

// What channels know of a service: they may be open for longer than it lives.
class Door final : public ipc::Dispatcher {
public:
    explicit Door(ipc::Dispatcher& inside) : inside_(&inside) {}
    const ipc::Service* find(std::string_view name) const override { return inside_ ? inside_->find(name) : nullptr; }
    void peer_gone(ipc::Channel& channel) override
    {
        if (inside_)
            inside_->peer_gone(channel);
    }
    void shut() { inside_ = nullptr; }

private:
    ipc::Dispatcher* inside_;
};

// On a fiber.
class House {
public:
    explicit House(Parameters parameters = small_parameters()) : parameters_(parameters)
    {
        log::set_sink([this](const log::Entry& entry) { lines.emplace_back(entry.text); });
        open();
    }
    ~House()
    {
        close();
        log::set_sink({});
    }

    void open()
    {
        auto opened = spool::Spool::open(io_, OwnedFd{::open(scratch_.path().c_str(), O_RDONLY | O_DIRECTORY)}, clock_,
                                         {.sizes = {.segment = parameters_.spool_segment_size,
                                                    .first = parameters_.spool_first_segment_size,
                                                    .most = parameters_.spool_kept_segments},
                                          .spares = parameters_.spool_spare_segments,
                                          .compact_below = parameters_.spool_compact_below,
                                          .compact_segments = parameters_.spool_compact_segments});
        ASSERT_TRUE(opened) << opened.error().text;
        spool = std::move(opened).take();
        auto tickets = Tickets::open(io_, spool->directory());
        ASSERT_TRUE(tickets);
        spooler = std::make_unique<Spooler>(*spool, std::move(tickets).take(), parameters_, clock_, OwnedFd{},
                                            write_line);
        doors_.push_back(std::make_unique<Door>(*spooler));
        ASSERT_TRUE(spooler->start());
    }
    // As a stop does; what is left on disk is what a kill would leave, but for what waits.
    void close()
    {
        if (!spooler)
            return;
        for (auto& channel : channels_)
            channel->close("");
        channels_.clear();
        event::yield(); // the spooler hears at the end of this turn that they are gone
        vanish();
    }
    // The service goes without hearing of its channels' ends.
    void vanish()
    {
        spooler->stop();
        while (event::Loop::current().fibers() > 1)
            event::sleep_for(Duration{1});
        event::yield(); // what the last of them put off to the end of the turn refers to the spooler
        doors_.back()->shut();
        spooler.reset();
        spool.reset();
    }
    void restart()
    {
        close();
        open();
    }

    // A service's channel to us, as that service has it. Its names: "cleanup/1", "qmgr/1", "remote/2".
    std::shared_ptr<ipc::Channel> connect(const std::string& name, ipc::Dispatcher* ears = nullptr)
    {
        auto [ours, theirs] = test::socket_pair();
        channels_.push_back(ipc::Channel::open(std::move(ours), name, doors_.back().get()));
        auto client = ipc::Channel::open(std::move(theirs), "spoold/1", ears);
        channels_.push_back(client);
        return client;
    }
    bool said(std::string_view text) const
    {
        return std::ranges::any_of(lines, [&](const auto& line) { return line.find(text) != line.npos; });
    }
    void wait_until_said(std::string_view text) const
    {
        const auto until = test::soon();
        while (!said(text) && !until.expired())
            event::sleep_for(Duration{1});
        EXPECT_TRUE(said(text)) << text;
    }
    std::string path() const { return scratch_.path(); }
    Parameters& parameters() { return parameters_; }

    Disk disk;
    Uncertain::WriteLine write_line; // as of the next open()
    std::vector<std::string> lines;
    std::unique_ptr<spool::Spool> spool;
    std::unique_ptr<Spooler> spooler;

private:
    test::TempDir scratch_;
    spool::Io io_{&disk};
    SystemClock clock_;
    Parameters parameters_;
    std::vector<std::unique_ptr<Door>> doors_; // of each spooler that there was
    std::vector<std::shared_ptr<ipc::Channel>> channels_;
};

inline Commit commit_of(const TestMail& mail)
{
    Commit commit;
    commit.id = mail.envelope.id;
    commit.envelope = mail.encoded;
    commit.headers = mail.headers;
    commit.body = mail.body;
    commit.log_line = mail.envelope.id + " <= " + mail.envelope.sender;
    return commit;
}

inline Status put(ipc::Channel& cleanup, unsigned n, std::size_t size = 200)
{
    auto done = cleanup.call(commit_of(TestMail{n, size}), test::soon());
    return done ? Status{} : Status(std::move(done).error());
}

inline std::string ticket_of(ipc::Channel& qmgr, unsigned n)
{
    const auto reply = qmgr.call(GetEnvelope{.id = test_id(n)}, test::soon());
    EXPECT_TRUE(reply) << reply.error().text;
    return reply ? reply->entry.ticket : "";
}

// A message that an agent is about to deliver, and all who have to do with it. On a fiber.
struct OneMessage {
    explicit OneMessage(ipc::Dispatcher* ears = nullptr, Uncertain::WriteLine write_line = {})
    {
        if (write_line) {
            house.write_line = std::move(write_line);
            house.restart();
        }
        cleanup = house.connect("cleanup/1");
        remote = house.connect("remote/1");
        qmgr = house.connect("qmgr/1", ears);
        EXPECT_TRUE(put(*cleanup, 1));
        ticket = ticket_of(*qmgr, 1);
    }
    Finishing finishing(std::vector<std::string> children, std::uint64_t run = 0) const
    {
        return {.id = test_id(1), .ticket = ticket, .run = run, .children = std::move(children)};
    }

    House house;
    std::shared_ptr<ipc::Channel> cleanup, remote, qmgr;
    std::string ticket;
};

}
