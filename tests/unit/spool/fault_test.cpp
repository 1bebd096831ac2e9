// Every system call of a run fails once, in every way: what was acknowledged is there afterwards, what was
// refused does not come to life, and nothing falls over.
#include <cerrno>
#include <set>

#include "tests/unit/spool/workload.h"

namespace gp::spool {
namespace {

class Saboteur final : public IoHook {
public:
    struct Plan {
        std::size_t at = ~std::size_t{0}; // which call
        std::size_t times = 1;            // that one and so many less one of those behind it
        int error = 0;                    // 0: the write is cut short
        bool writes_only = false;         // count writes and syncs alone
    };

    explicit Saboteur(Plan plan) : plan_(plan) {}

    int before(const CallInfo& call, std::size_t& most) override
    {
        kinds_.insert(call.call);
        const bool changes = call.call == Call::write || call.call == Call::sync;
        if (plan_.writes_only && !changes)
            return 0;
        const auto now = calls_++;
        if (now < plan_.at || now - plan_.at >= plan_.times)
            return 0;
        if (plan_.error != 0)
            return plan_.error;
        most = most > 700 ? most / 2 + 13 : most;
        return 0;
    }
    void after(const CallInfo&, long) override {}
    std::size_t calls() const { return calls_; }
    const std::set<Call>& kinds() const { return kinds_; }

private:
    const Plan plan_;
    std::size_t calls_ = 0;
    std::set<Call> kinds_;
};

Options fault_options()
{
    return {.sizes = {.segment = 128 * 1024, .first = 64 * 1024, .most = 3},
            .spares = 1,
            .compact_below = 30,
            .compact_segments = 3};
}

void write_stray_body(const std::string& spool)
{
    const Io io;
    LargeFiles files{io, OwnedFd{::open((spool + "/large").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)}};
    static_cast<void>(files.create(test_key(9999)));
}

// The number of calls that the run made.
std::size_t run(const Saboteur::Plan& plan)
{
    test::TempDir scratch;
    const auto root = [&] { return OwnedFd{::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)}; };
    SystemClock clock;
    Saboteur saboteur{plan};
    Beside beside{&saboteur};
    const Io sabotaged{&beside};
    Ledger ledger;
    const auto tell = [&](const Event& event) { ledger.note(event); };
    auto spool = Spool::open(sabotaged, root(), clock, fault_options());
    if (spool) {
        Workload workload{**spool, 7, {}, 0, tell, &beside};
        for (int i = 0; i < 14; ++i) {
            static_cast<void>(workload.step());
            if ((*spool)->stopped())
                (*spool)->revive(); // as the owner's timer would
        }
        // Faults that are over leave no trace.
        bool well = false;
        for (std::size_t i = 0; i < plan.times && !well; ++i) {
            (*spool)->revive();
            well = static_cast<bool>(workload.step());
        }
        EXPECT_TRUE(well);
        if (plan.at == ~std::size_t{0}) {
            EXPECT_GT(workload.besides(), 5u);
        }
        static_cast<void>((*spool)->close());
        spool->reset();
    }
    // A start that finds the disk failing repairs nothing for the worse; an aborted reception is removed by it.
    write_stray_body(scratch.path());
    if (auto again = Spool::open(sabotaged, root(), clock, fault_options()))
        for (const auto& [id, entry] : (*again)->index().all())
            if (auto source = (*again)->locate(id))
                static_cast<void>(read_stored(sabotaged, *source, want_envelope | want_headers | want_body));
    const Io io;
    auto after = Spool::open(io, root(), clock, fault_options());
    EXPECT_TRUE(after) << after.error().text;
    if (!after)
        return 0;
    const auto verdict = ledger.judge(io, **after);
    EXPECT_EQ(verdict.lost, 0u);
    EXPECT_EQ(verdict.resurrected, 0u);
    EXPECT_EQ(verdict.corrupt, 0u);
    EXPECT_EQ(verdict.forgotten, 0u);
    EXPECT_EQ(verdict.undead, 0u);
    if (plan.error == 0) {
        EXPECT_EQ((*after)->report().alarms.size(), 0u);
    }
    // What is made to fail in its turn is every kind of call there is; the room is asked for by spoold alone.
    const bool is_undisturbed = plan.at == ~std::size_t{0} && !plan.writes_only;
    for (unsigned kind = 0; is_undisturbed && kind <= static_cast<unsigned>(Call::lock); ++kind)
        EXPECT_TRUE(static_cast<Call>(kind) == Call::space || saboteur.kinds().contains(static_cast<Call>(kind))) << kind;
    return saboteur.calls();
}

class Faults : public testing::TestWithParam<Saboteur::Plan> {};

TEST_P(Faults, EitherAnErrorOrDurable)
{
    auto plan = GetParam();
    const auto calls = run({.writes_only = plan.writes_only});
    ASSERT_GT(calls, 50u);
    // Errors at every call; the rest, which differ less from call to call, at every third.
    const std::size_t step = plan.times == 1 && plan.error != 0 && plan.error != EINTR ? 1 : 3;
    for (plan.at = 0; plan.at < calls && !HasFailure(); plan.at += step) {
        SCOPED_TRACE(plan.at);
        run(plan);
    }
}

INSTANTIATE_TEST_SUITE_P(, Faults,
                         testing::Values(Saboteur::Plan{.error = EIO}, Saboteur::Plan{.error = ENOSPC},
                                         Saboteur::Plan{.error = EINTR}, Saboteur::Plan{},
                                         Saboteur::Plan{.times = 2, .error = EIO, .writes_only = true},
                                         Saboteur::Plan{.times = 5, .error = ENOSPC, .writes_only = true},
                                         Saboteur::Plan{.times = 12, .error = EIO, .writes_only = true}),
                         [](const auto& how) {
                             const auto& plan = how.param;
                             const std::string what = plan.error == EIO      ? "Eio"
                                                      : plan.error == ENOSPC ? "Enospc"
                                                      : plan.error == EINTR  ? "Eintr"
                                                                             : "ShortWrite";
                             return what + std::to_string(plan.times);
                         });

TEST(Fault, AFailedSegmentIsLeftAndTheBatchGoesToAnother)
{
    test::TempDir scratch;
    const auto root = [&] { return OwnedFd{::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)}; };
    SystemClock clock;
    // Counted from the first write of a message's batch: the writing of the second one's.
    Saboteur counter{{.writes_only = true}};
    const Io counted{&counter};
    {
        auto spool = Spool::open(counted, root(), clock, fault_options());
        ASSERT_TRUE(spool);
        Batch batch;
        const TestMail mail{0};
        batch.add(mail.message());
        ASSERT_TRUE((*spool)->commit(batch));
    }
    const auto first = counter.calls();
    test::TempDir second_scratch;
    Saboteur saboteur{{.at = first + 1, .error = EIO, .writes_only = true}}; // the barrier of the second batch
    const Io io{&saboteur};
    auto spool = Spool::open(io, OwnedFd{::open(second_scratch.path().c_str(), O_RDONLY | O_DIRECTORY)}, clock,
                             fault_options());
    ASSERT_TRUE(spool);
    for (unsigned n = 0; n < 3; ++n) {
        const TestMail mail{n};
        Batch batch;
        batch.add(mail.message());
        ASSERT_TRUE((*spool)->commit(batch));
    }
    EXPECT_NE((*spool)->take_complaint().find("Input/output error"), std::string::npos);
    EXPECT_FALSE((*spool)->stopped());
    EXPECT_EQ((*spool)->segments(), 2u);
    spool->reset();
    auto after = Spool::open(io, OwnedFd{::open(second_scratch.path().c_str(), O_RDONLY | O_DIRECTORY)}, clock,
                             fault_options());
    ASSERT_TRUE(after);
    EXPECT_EQ((*after)->index().size(), 3u);
    EXPECT_TRUE((*after)->report().alarms.empty());
}

}
}
