// The power-cut simulator of MEASUREMENTS.md section 1.3, with its negative controls: a test that cannot
// fail proves nothing.
#include "tests/unit/spool/power_cut.h"

namespace gp::spool {
namespace {

struct Totals {
    unsigned cuts = 0, acknowledged = 0;
    unsigned lost = 0, resurrected = 0, corrupt = 0, forgotten = 0, alarms = 0, refused = 0;
};

struct Run {
    unsigned seed = 1;
    unsigned batches = 400;
    unsigned cuts = 60;
    Recorder::Omit omit{};
    bool check_bodies = true;
};

OwnedFd open_directory(const std::string& path)
{
    return OwnedFd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

void add(Totals& totals, const Ledger::Verdict& verdict, const Spool& spool)
{
    totals.lost += verdict.lost;
    totals.resurrected += verdict.resurrected;
    totals.corrupt += verdict.corrupt;
    totals.forgotten += verdict.forgotten;
    totals.alarms += static_cast<unsigned>(spool.report().alarms.size());
    for (const auto& text : spool.report().alarms)
        ::testing::Test::RecordProperty("alarm", text);
}

// A run on what stands at `path`, recorded.
void work(const std::string& path, Recorder& recorder, OwnedFd root, unsigned seed, unsigned batches,
          const Ledger& before)
{
    SCOPED_TRACE(path);
    SystemClock clock;
    Beside beside{&recorder};
    const Io recorded{&beside};
    auto spool = Spool::open(recorded, std::move(root), clock, crash_options());
    ASSERT_TRUE(spool) << spool.error().text;
    std::vector<unsigned> alive;
    for (unsigned n = 0; n < before.next(); ++n)
        if ((*spool)->index().find(test_key(n)))
            alive.push_back(n);
    Workload workload{**spool, seed, std::move(alive), before.next(),
                      [&](const Event& event) { recorder.mark(event); }, &beside};
    for (unsigned i = 0; i < batches; ++i)
        ASSERT_TRUE(workload.step());
}

Totals run(const Run& what)
{
    test::TempDir scratch, image;
    auto root = open_directory(scratch.path());
    const int root_number = root.get();
    Recorder recorder{root_number, what.omit, scratch.path()};
    work(scratch.path(), recorder, std::move(root), what.seed, what.batches, {});
    Totals totals;
    std::mt19937 random{what.seed};
    const Io io;
    SystemClock clock;
    for (unsigned i = 0; i < what.cuts; ++i) {
        Ledger ledger;
        recorder.replay(random() % recorder.steps(), random, image.path(), ledger);
        auto options = crash_options();
        options.recovery.check_bodies = what.check_bodies;
        auto spool = Spool::open(io, open_directory(image.path()), clock, options);
        ++totals.cuts;
        totals.acknowledged = std::max(totals.acknowledged, ledger.acknowledged());
        if (spool)
            add(totals, ledger.judge(io, **spool), **spool);
        else
            ++totals.refused;
    }
    return totals;
}

// The power goes, the spool comes back and goes on, the power goes again, and so on.
Totals run_chain(unsigned seed, unsigned links)
{
    test::TempDir disk;
    Totals totals;
    std::mt19937 random{seed};
    const Io io;
    SystemClock clock;
    Ledger ledger;
    for (unsigned i = 0; i < links; ++i) {
        auto root = open_directory(disk.path());
        const int root_number = root.get();
        Recorder recorder{root_number, {}, disk.path()};
        work(disk.path(), recorder, std::move(root), seed + i, 20, ledger);
        recorder.replay(random() % recorder.steps(), random, disk.path(), ledger);
        auto spool = Spool::open(io, open_directory(disk.path()), clock, crash_options());
        ++totals.cuts;
        totals.acknowledged = ledger.acknowledged();
        if (spool)
            add(totals, ledger.judge(io, **spool), **spool);
        else
            ++totals.refused;
    }
    return totals;
}

void expect_nothing_wrong(const Totals& totals)
{
    EXPECT_EQ(totals.refused, 0u);
    EXPECT_EQ(totals.lost, 0u);
    EXPECT_EQ(totals.resurrected, 0u);
    EXPECT_EQ(totals.corrupt, 0u);
    EXPECT_EQ(totals.forgotten, 0u);
    EXPECT_EQ(totals.alarms, 0u);
}

TEST(PowerCut, LosesNothingThatWasAcknowledged)
{
    for (const unsigned seed : {1u, 2u}) {
        const auto totals = run({.seed = seed});
        EXPECT_GT(totals.acknowledged, 1000u);
        SCOPED_TRACE(seed);
        expect_nothing_wrong(totals);
    }
}

TEST(PowerCut, AgainAndAgainLosesNothing)
{
    for (const unsigned seed : {10u, 20u}) {
        SCOPED_TRACE(seed);
        const auto totals = run_chain(seed, 15);
        EXPECT_GT(totals.acknowledged, 150u);
        expect_nothing_wrong(totals);
    }
}

TEST(PowerCut, ControlWithoutBodyChecksumsAcceptsCorruptMail)
{
    const auto totals = run({.cuts = 100, .check_bodies = false});
    EXPECT_GT(totals.corrupt, 0u);
}

TEST(PowerCut, ControlWithoutBarriersLosesMail)
{
    const auto totals = run({.cuts = 25, .omit = {.file_syncs = true}});
    EXPECT_GT(totals.lost, 0u);
}

TEST(PowerCut, ControlWithoutDirectorySyncsLosesMail)
{
    const auto totals = run({.cuts = 25, .omit = {.directory_syncs = true}});
    EXPECT_GT(totals.lost, 0u);
}

}
}
