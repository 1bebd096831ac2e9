// What the crash tests put a spool through, and what it must have kept.
#pragma once

#include <random>
#include <set>

#include "tests/unit/spool/scratch_spool.h"

namespace gp::spool {

inline constexpr std::uint32_t large_size = 70'000; // bodies of this size are put into files of their own

// One thing that was asked of the spool: first started, then acknowledged or refused.
struct Event {
    enum class Kind : std::uint32_t { put, finish, done, defer };
    enum State : std::uint32_t { started, acked, refused };
    Kind kind{};
    State state = started;
    std::uint32_t message = 0;
    std::uint32_t argument = 0; // put: size of the body; done: recipient; defer: next_try
};

// What the spool owes after these events.
class Ledger {
public:
    struct Verdict {
        unsigned lost = 0;        // acknowledged and not there
        unsigned resurrected = 0; // acknowledged as finished and there
        unsigned corrupt = 0;     // there, and not as it was put in
        unsigned undead = 0;      // refused, something later acknowledged, and there
        unsigned forgotten = 0;   // a recipient that is done, or a deferral, is not known
        unsigned alive = 0;
    };

    void note(const Event& event)
    {
        auto& message = messages_[event.message];
        const bool acked = event.state == Event::acked;
        last_acked_ = acked ? ++time_ : last_acked_;
        switch (event.kind) {
        case Event::Kind::put:
            message.size = event.argument;
            message.put = acked;
            message.refused_at = event.state == Event::refused ? ++time_ : 0;
            break;
        case Event::Kind::finish:
            message.finish_started = true;
            message.finished = acked;
            break;
        case Event::Kind::done:
            if (acked)
                message.done.insert(event.argument);
            break;
        case Event::Kind::defer:
            message.tries.insert(event.argument);
            if (acked)
                message.tries = {event.argument};
            break;
        }
        next_ = std::max(next_, event.message + 1);
    }

    Verdict judge(const Io& io, const Spool& spool) const
    {
        Verdict verdict;
        for (const auto& [n, message] : messages_) {
            const auto* entry = spool.index().find(test_key(n));
            if (!entry) {
                verdict.lost += message.put && !message.finish_started;
                continue;
            }
            ++verdict.alive;
            verdict.resurrected += message.finished;
            verdict.undead += message.refused_at != 0 && message.refused_at < last_acked_;
            verdict.corrupt += !intact(io, spool, n, message.size);
            for (const auto recipient : message.done)
                verdict.forgotten += !entry->extra || !entry->extra->done.contains(recipient);
            if (!message.tries.empty() && message.put)
                verdict.forgotten += !message.tries.contains(static_cast<std::uint32_t>(entry->next_try)) &&
                                     entry->next_try != 0 && !(entry->next_try == due_after_outcome && entry->extra);
        }
        verdict.corrupt += static_cast<unsigned>(spool.index().size()) - verdict.alive; // never put in
        return verdict;
    }

    unsigned next() const { return next_; }
    unsigned acknowledged() const
    {
        return static_cast<unsigned>(std::ranges::count_if(messages_, [](const auto& m) { return m.second.put; }));
    }
    std::uint32_t size_of(unsigned n) const { return messages_.at(n).size; }

private:
    struct Message {
        std::uint32_t size = 0;
        std::uint64_t refused_at = 0;
        bool put = false, finish_started = false, finished = false;
        std::set<std::uint32_t> done;
        std::set<std::uint32_t> tries; // one of these must be its next try
    };

    static bool intact(const Io& io, const Spool& spool, unsigned n, std::size_t size)
    {
        const TestMail mail{n, size};
        const auto source = spool.locate(test_key(n));
        if (!source)
            return false;
        auto stored = read_stored(io, *source, want_envelope | want_headers | want_body | want_reason);
        if (stored && stored->large) {
            const auto fd = const_cast<Spool&>(spool).large().open(test_key(n));
            stored->body.resize(size + 1);
            const auto got = fd ? io.read(fd->get(), 0, stored->body) : Result<std::size_t>(fd.error());
            stored->body.resize(got ? *got : 0);
        }
        return stored && stored->body == mail.body && stored->headers == mail.headers &&
               stored->envelope == mail.encoded;
    }

    std::map<unsigned, Message> messages_;
    unsigned next_ = 0;
    std::uint64_t time_ = 0, last_acked_ = 0;
};

// A disk on which something is appended beside each barrier, as the service does from its own thread: what the barrier may
// cover, and what it does not. In front of another hook, when there is one.
class Beside final : public IoHook {
public:
    explicit Beside(IoHook* inner = nullptr) : inner_(inner) {}
    int before(const CallInfo& call, std::size_t& most) override
    {
        if (call.call == Call::sync)
            if (const auto task = std::exchange(covered_, {}))
                task();
        return inner_ ? inner_->before(call, most) : 0;
    }
    void after(const CallInfo& call, long result) override
    {
        if (inner_)
            inner_->after(call, result);
        if (call.call == Call::sync)
            if (const auto task = std::exchange(uncovered_, {}))
                task();
    }
    // For the next barrier alone; empty: none.
    void set(std::function<void()> covered, std::function<void()> uncovered)
    {
        covered_ = std::move(covered);
        uncovered_ = std::move(uncovered);
    }

private:
    IoHook* inner_;
    std::function<void()> covered_, uncovered_;
};

class Workload {
public:
    using Tell = std::function<void(const Event&)>;

    // Goes on with what is alive in the spool; new messages are numbered from `next`.
    Workload(Spool& spool, unsigned seed, std::vector<unsigned> alive, unsigned next, Tell tell, Beside* beside = nullptr)
        : spool_(spool), random_(seed), alive_(std::move(alive)), next_(next), tell_(std::move(tell)), beside_(beside)
    {
    }
    unsigned besides() const { return besides_; } // batches that were appended beside barriers

    // One batch with a bit of everything, and the upkeep that the owner would do. An error of the spool
    // is returned; nothing of that batch was acknowledged then.
    Status step()
    {
        std::vector<Event> events;
        std::vector<TestMail> mails;
        Batch batch;
        std::vector<unsigned> arrived, over;
        for (unsigned i = below(8); i > 0; --i) {
            const auto size = below(20) == 0 ? 40'000 : 50 + below(6000);
            arrived.push_back(next_);
            events.push_back({.kind = Event::Kind::put, .message = next_, .argument = size});
            mails.emplace_back(next_++, size);
        }
        for (const auto& mail : mails)
            batch.add(mail.message());
        std::optional<TestMail> large;
        if (below(25) == 0) {
            large.emplace(next_, large_size);
            arrived.push_back(next_);
            events.push_back({.kind = Event::Kind::put, .message = next_++, .argument = large_size});
            TRY(add_large(batch, *large));
        }
        add_outcomes(batch, events, over);
        if (batch.empty())
            return {};
        for (const auto& event : events)
            tell_(event);
        auto committed = beside_ ? commit_with_besides(batch) : spool_.commit(batch);
        for (auto event : events) {
            event.state = committed ? Event::acked : Event::refused;
            tell_(event);
        }
        if (!committed)
            return committed;
        alive_.insert(alive_.end(), arrived.begin(), arrived.end());
        std::erase_if(alive_, [&](unsigned n) { return std::ranges::find(over, n) != over.end(); });
        return upkeep();
    }

private:
    Status commit_with_besides(Batch& batch)
    {
        std::vector<Batch> besides;
        const auto append = [&](const char* child) {
            Batch one;
            for (const auto n : alive_)
                if (below(4) == 0)
                    one.add_finishing(test_key(n), {.children = {child}});
            spool_.prepare(one);
            if (one.count() > 0 && spool_.append_beside(one))
                besides.push_back(std::move(one));
        };
        beside_->set([&] { append("covered"); }, [&] { append("uncovered"); });
        auto committed = spool_.commit(batch);
        beside_->set({}, {});
        TRY(std::move(committed));
        for (auto& one : besides) {
            TRY(spool_.confirm_beside(one, batch));
            spool_.apply(one);
        }
        besides_ += static_cast<unsigned>(besides.size());
        return {};
    }

    unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

    Status add_large(Batch& batch, const TestMail& mail)
    {
        auto message = mail.message();
        auto file = TRY(spool_.large().create(message.id));
        LargeWriter writer{spool_.io(), spool_.large(), message.id, std::move(file)};
        const std::string_view body{mail.body};
        for (std::size_t at = 0; at < body.size(); at += 20'000)
            TRY(writer.write(body.substr(at, 20'000)));
        TRY(writer.finish());
        message.body = {};
        message.large = true;
        message.facts.large_size = writer.size();
        message.facts.large_crc = writer.crc();
        batch.add(message);
        return {};
    }

    void add_outcomes(Batch& batch, std::vector<Event>& events, std::vector<unsigned>& over)
    {
        for (const auto n : alive_) {
            const auto id = test_key(n);
            // Every 50th stays: it keeps the oldest segment until compaction moves it.
            if (alive_.size() > 30 && n % 50 != 0 && below(6) == 0) {
                batch.add_finished(id);
                over.push_back(n);
                events.push_back({.kind = Event::Kind::finish, .message = n});
            } else if (below(10) == 0) {
                const auto recipient = below(3);
                batch.add_done(id, {.recipients = {recipient}, .children = {"c" + std::to_string(recipient)}});
                events.push_back({.kind = Event::Kind::done, .message = n, .argument = recipient});
            } else if (below(10) == 0) {
                const auto next_try = 2 + below(1'000'000);
                batch.add_deferred(id, {.next_try = next_try, .reason = "try " + std::to_string(next_try)});
                events.push_back({.kind = Event::Kind::defer, .message = n, .argument = next_try});
            } else if (below(20) == 0) {
                batch.add_finishing(id, {.children = {"f"}});
            }
        }
    }

    Status upkeep()
    {
        if (spool_.wants_spare())
            static_cast<void>(spool_.make_spare());
        if (!sweep_ && spool_.wants_compaction(false))
            sweep_ = spool_.start_sweep();
        if (!sweep_)
            return {};
        sweep_->read(30'000);
        spool_.select(*sweep_);
        sweep_->read_more();
        Batch copies;
        spool_.add_copies(copies, *sweep_);
        if (!copies.empty())
            TRY(spool_.commit(copies));
        if (sweep_->at_end())
            sweep_.reset();
        return {};
    }

    Spool& spool_;
    std::mt19937 random_;
    std::vector<unsigned> alive_;
    unsigned next_;
    Tell tell_;
    Beside* beside_;
    unsigned besides_ = 0;
    std::unique_ptr<Sweep> sweep_;
};

inline Options crash_options()
{
    return {.sizes = {.segment = 256 * 1024, .first = 128 * 1024, .most = 3},
            .spares = 1,
            .compact_below = 30,
            .compact_segments = 4};
}

}
