#include "delivery/local/workers.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/fiber_test.h"
#include "tests/support/temp_dir.h"

namespace gp::local {
namespace {

// The children of the nursery, kept ones included; the dead that nobody has waited for do not count.
std::vector<pid_t> children(const Nursery& nursery)
{
    std::vector<pid_t> alive;
    const auto parent = std::to_string(nursery.pid());
    std::ifstream list("/proc/" + parent + "/task/" + parent + "/children");
    for (pid_t pid = 0; list >> pid;) {
        std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
        std::string number, name, state;
        if (stat >> number >> name >> state && state != "Z")
            alive.push_back(pid);
    }
    return alive;
}

// How often these octets are in a process's memory, or -1 when it cannot be read.
int occurrences(pid_t pid, const std::string& what)
{
    std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
    std::ifstream memory("/proc/" + std::to_string(pid) + "/mem", std::ios::binary);
    int count = memory ? 0 : -1;
    for (std::string line; std::getline(maps, line);) {
        std::uint64_t begin = 0, end = 0;
        char readable = 0;
        if (std::sscanf(line.c_str(), "%lx-%lx %c", &begin, &end, &readable) != 3 || readable != 'r' ||
            line.ends_with("[vvar]") || line.ends_with("[vsyscall]") || end - begin > 1ull << 30)
            continue;
        std::string octets(end - begin, '\0');
        memory.clear();
        memory.seekg(static_cast<std::streamoff>(begin));
        memory.read(octets.data(), static_cast<std::streamsize>(octets.size()));
        octets.resize(static_cast<std::size_t>(memory.gcount()));
        for (std::size_t at = 0; (at = octets.find(what, at)) != std::string::npos; at += what.size())
            ++count;
    }
    return count;
}

class WorkersTest : public testing::Test {
protected:
    void SetUp() override
    {
        auto opened = Nursery::open(upbringing);
        ASSERT_TRUE(opened) << opened.error().text;
        nursery = std::make_unique<Nursery>(std::move(opened).take());
    }
    void TearDown() override
    {
        const auto pid = nursery->pid();
        nursery.reset(); // the end of its socket is the end of it
        ::waitpid(pid, nullptr, 0);
    }

    // Delivers message number `n` to a mailbox below the test's directory.
    delivery::Fate deliver(Workers& workers, int n, const std::string& maildir = "Maildir", const std::string& body = "hello\r\n")
    {
        const auto reply = order(workers, n, {}, maildir, body);
        EXPECT_TRUE(reply) << reply.error().text;
        if (!reply)
            return delivery::Fate::failed;
        EXPECT_EQ(reply->outcomes[0].text, "");
        return reply->outcomes[0].fate;
    }

    Result<delivery::DeliverReply> order(Workers& workers, int n, const Workers::Begin& begin, const std::string& maildir = "Maildir",
                                         const std::string& body = "hello\r\n")
    {
        delivery::Deliver request{.id = "1xUlGU-TXhYBN-0" + std::to_string(n), .received = 1'700'000'000'000'000};
        request.instruction.driver = "appendfile";
        request.instruction.home = directory.path();
        request.instruction.options.push_back({"directory", directory / maildir});
        request.instruction.options.push_back({"maildir_format", "true"});
        request.targets.push_back({.unique = "user@here.example", .address = "user@here.example"});
        const spoold::Fetched message{.headers = "Subject: x\r\n", .body = body, .body_size = body.size()};
        const Options options{request.instruction.options};
        const Job job{.request = request, .message = message, .parameters = parameters, .options = options};
        return workers.deliver(job, *transports.find("appendfile"), event::Deadline::in(Duration{10'000}), false, begin);
    }

    std::size_t delivered(const std::string& maildir = "Maildir") const
    {
        const std::filesystem::directory_iterator files(directory.path() + "/" + maildir + "/new");
        return static_cast<std::size_t>(std::distance(begin(files), end(files)));
    }

    test::TempDir directory;
    launcher::Parameters parameters{.primary_hostname = "mx.example"};
    const Registry<Transport> transports = Registry<Transport>::linked();
    const Upbringing upbringing{parameters, transports, false};
    std::unique_ptr<Nursery> nursery;
};

TEST_F(WorkersTest, OneChildDeliversSeveralMessagesToAMailbox)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        for (int n = 0; n < 3; ++n)
            EXPECT_EQ(deliver(workers, n), delivery::Fate::delivered);
        EXPECT_EQ(delivered(), 3u);
        EXPECT_EQ(children(*nursery).size(), 1u);
        EXPECT_EQ(workers.idle(), 1u);
    });
}

TEST_F(WorkersTest, OneChildServesAllThatWaitForAMailbox)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        int done = 0;
        for (int n = 0; n < 9; ++n)
            ASSERT_TRUE(event::Loop::current().spawn("delivery", [&, n] {
                EXPECT_EQ(deliver(workers, n), delivery::Fate::delivered);
                ++done;
            }));
        while (done < 9) {
            event::sleep_for(Duration{1});
            EXPECT_LE(children(*nursery).size(), 1u);
        }
        EXPECT_EQ(delivered(), 9u);
    });
}

// Were the launcher killed meanwhile, nobody could have delivered those that wait.
TEST_F(WorkersTest, WhatWaitsForItsMailboxHasNotBegun)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        EXPECT_EQ(deliver(workers, 0), delivery::Fate::delivered);
        const auto child = children(*nursery).front();
        ::kill(child, SIGSTOP);
        std::vector<int> begun;
        int done = 0;
        for (int n = 1; n < 6; ++n)
            ASSERT_TRUE(event::Loop::current().spawn("delivery", [&, n] {
                const auto reply = order(workers, n, [&, n]() -> Status {
                    begun.push_back(n);
                    return n == 3 ? Status{temporary("not this one")} : Status{};
                });
                EXPECT_EQ(static_cast<bool>(reply), n != 3);
                EXPECT_EQ(reply ? "" : reply.error().text, n != 3 ? "" : "not this one");
                ++done;
            }));
        event::sleep_for(Duration{20});
        EXPECT_EQ(begun, std::vector{1});
        ::kill(child, SIGCONT);
        while (done < 5)
            event::sleep_for(Duration{1});
        EXPECT_EQ(begun.size(), 5u);
        EXPECT_EQ(delivered(), 5u); // all but one, and the first
    });
}

// The first of those that wait leads the others: they go on without it.
TEST_F(WorkersTest, WhoMayNotBeginHoldsUpNobody)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        int done = 0;
        for (int n = 0; n < 4; ++n)
            ASSERT_TRUE(event::Loop::current().spawn("delivery", [&, n] {
                const auto reply = order(workers, n, [&, n]() -> Status {
                    event::sleep_for(Duration{1});
                    return n < 2 ? Status{temporary("not this one")} : Status{};
                });
                EXPECT_EQ(static_cast<bool>(reply), n >= 2);
                ++done;
            }));
        while (done < 4)
            event::sleep_for(Duration{1});
        EXPECT_EQ(delivered(), 2u);
    });
}

TEST_F(WorkersTest, AnotherMailboxOfTheSameUserGetsAChildOfItsOwn)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        EXPECT_EQ(deliver(workers, 0), delivery::Fate::delivered);
        EXPECT_EQ(deliver(workers, 1, "Other"), delivery::Fate::delivered);
        EXPECT_EQ(workers.idle(), 2u);
    });
}

TEST_F(WorkersTest, AChildThatHasServedItsNumberIsNotUsedAgain)
{
    parameters.local_child_messages = 2;
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        EXPECT_EQ(deliver(workers, 0), delivery::Fate::delivered);
        EXPECT_EQ(workers.idle(), 1u);
        EXPECT_EQ(deliver(workers, 1), delivery::Fate::delivered);
        EXPECT_EQ(workers.idle(), 0u);
        EXPECT_EQ(deliver(workers, 2), delivery::Fate::delivered);
        EXPECT_EQ(delivered(), 3u);
    });
}

TEST_F(WorkersTest, AChildThatDiedWhileItWaitedIsReplaced)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        EXPECT_EQ(deliver(workers, 0), delivery::Fate::delivered);
        ASSERT_EQ(children(*nursery).size(), 1u);
        const auto first = children(*nursery).front();
        ::kill(first, SIGKILL);
        while (!children(*nursery).empty())
            event::sleep_for(Duration{1});
        EXPECT_EQ(deliver(workers, 1), delivery::Fate::delivered);
        EXPECT_EQ(delivered(), 2u);
    });
}

// A process of one user must not hold what others were sent, whatever the launcher has in memory meanwhile.
TEST_F(WorkersTest, AChildHasNothingOfOthersMailInItsMemory)
{
    const auto is_mark = [](int i) { return std::string("of-another-") + "user-" + std::to_string(i) + "-private "; };
    // Long, so that what the child frees is not all used again.
    const auto own = [&](int mark) {
        std::string body;
        for (int i = 0; i < 500; ++i)
            body += is_mark(mark) + "\r\n";
        return body;
    };
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        std::string others; // as the launcher has the messages of deliveries that are under way
        for (int i = 0; i < 1000; ++i)
            others += is_mark(7);
        EXPECT_EQ(deliver(workers, 0, "Other", own(7)), delivery::Fate::delivered);
        const auto before = children(*nursery);
        EXPECT_EQ(deliver(workers, 1, "Maildir", own(8)), delivery::Fate::delivered);
        ASSERT_EQ(before.size(), 1u);
        for (const auto child : children(*nursery)) {
            EXPECT_EQ(occurrences(child, is_mark(7)) > 0, child == before.front());
            EXPECT_EQ(occurrences(child, is_mark(8)) > 0, child != before.front());
        }
        EXPECT_EQ(occurrences(nursery->pid(), is_mark(7)), 0);
        EXPECT_GT(occurrences(::getpid(), is_mark(7)), 999) << "the search finds what is there";
    });
}

TEST_F(WorkersTest, MoreLooksOfOneUserThanThereMayBeAtOnceWait)
{
    std::ofstream{directory / "forward"} << "a@b.example";
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        int done = 0;
        for (int n = 0; n < 20; ++n)
            ASSERT_TRUE(event::Loop::current().spawn("look", [&] {
                const auto reply = workers.look({.kind = launcher::FileQuestion::Kind::read, .path = directory / "forward", .largest = 100});
                EXPECT_TRUE(reply && reply->content == "a@b.example") << (reply ? "" : reply.error().text);
                ++done;
            }));
        while (done < 20)
            event::sleep_for(Duration{1});
    });
}

TEST(Turns, LetNobodyWaitForAPlaceInAnotherUsersName)
{
    test::run_fiber([&] {
        Turns turns{2, 1};
        const auto at_once = [] { return event::Deadline::in(Duration{0}); };
        {
            const Turns::Turn first{turns, 1, at_once()};
            EXPECT_TRUE(first);
            EXPECT_FALSE((Turns::Turn{turns, 1, at_once()})) << "one of each user";
            const Turns::Turn other{turns, 2, at_once()};
            EXPECT_TRUE(other) << "who waits holds no place of all";
            EXPECT_FALSE((Turns::Turn{turns, 3, at_once()})) << "two of all";
            EXPECT_EQ(turns.users(), 2u);
        }
        EXPECT_EQ(turns.users(), 0u);
        EXPECT_TRUE((Turns::Turn{turns, 1, at_once()}));
    });
}

TEST_F(WorkersTest, ALookDoesNotWaitForPrograms)
{
    std::ofstream{directory / "forward"} << "a@b.example";
    parameters.launcher_max_children = 1;
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        bool ended = false;
        ASSERT_TRUE(event::Loop::current().spawn("program", [&] {
            EXPECT_TRUE(workers.run({.words = {"/bin/sh", "-c", "until test -e " + directory.path() + "/end; do sleep 0.05; done"}, .directory = {}, .timeout = 20}));
            ended = true;
        }));
        event::sleep_for(Duration{1});
        EXPECT_TRUE(workers.look({.kind = launcher::FileQuestion::Kind::read, .path = directory / "forward", .largest = 100}));
        EXPECT_FALSE(ended);
        std::ofstream{directory / "end"} << "";
        while (!ended)
            event::sleep_for(Duration{5});
    });
}

TEST_F(WorkersTest, AProgramThatCannotBeRunSaysWhy)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        const auto ran = workers.run({.words = {"/bin/true"}, .directory = directory / "none", .timeout = 5});
        ASSERT_FALSE(ran);
        EXPECT_NE(ran.error().text.find("chdir to " + directory / "none"), std::string::npos) << ran.error().text;
    });
}

// A pipe, by a child of the nursery.
Result<delivery::DeliverReply> pipe_to(Workers& workers, const launcher::Parameters& parameters, const std::string& script, event::Deadline until)
{
    delivery::Deliver request{.id = "1xUlGU-TXhYBN-09"};
    request.instruction.driver = "pipe";
    for (const auto* word : {"/bin/sh", "-c", script.c_str()})
        request.instruction.options.push_back({"command", word});
    request.targets.push_back({.unique = "user@here.example", .address = "user@here.example"});
    const spoold::Fetched message{.headers = "Subject: x\r\n"};
    const Options options{request.instruction.options};
    const Job job{.request = request, .message = message, .parameters = parameters, .options = options};
    return workers.deliver(job, *Registry<Transport>::linked().find("pipe"), until);
}

bool is_running(const std::string& pid)
{
    std::ifstream stat("/proc/" + pid + "/stat");
    std::string number, name, state;
    return static_cast<bool>(stat >> number >> name >> state) && state != "Z";
}

// The delivery will be tried again, beside whatever still runs.
TEST_F(WorkersTest, WhatACommandHasStartedEndsWithTheChild)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        const auto pids = directory / "pids";
        bool ended = false;
        ASSERT_TRUE(event::Loop::current().spawn("delivery", [&] {
            EXPECT_FALSE(pipe_to(workers, parameters, "sleep 300 & echo $! $$ > " + pids + ".new; mv " + pids + ".new " + pids + "; wait",
                                 event::Deadline::in(Duration{20'000})));
            ended = true;
        }));
        while (!std::filesystem::exists(pids))
            event::sleep_for(Duration{5});
        std::string started, command;
        std::ifstream{pids} >> started >> command;
        EXPECT_TRUE(is_running(started));
        for (const auto child : children(*nursery))
            ::kill(child, SIGKILL);
        while (!ended || is_running(started) || is_running(command))
            event::sleep_for(Duration{5});
    });
}

class SmallFiles : public WorkersTest {
protected:
    SmallFiles() { parameters.child_file_size = 100'000; }
};

// By a report, not by a signal: nobody would know then what is in the mailbox.
TEST_F(SmallFiles, AMailboxThatMayNotGrowSoFarIsAsItWas)
{
    const auto box = directory / "box";
    std::ofstream{box} << "before\n";
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        delivery::Deliver request{.id = "1xUlGU-TXhYBN-09"};
        request.instruction.driver = "appendfile";
        request.instruction.options.push_back({"file", box});
        request.targets.push_back({.unique = "user@here.example", .address = "user@here.example"});
        const spoold::Fetched message{.headers = "Subject: x\r\n", .body = std::string(200'000, 'x') + "\r\n", .body_size = 200'002};
        const Options options{request.instruction.options};
        const Job job{.request = request, .message = message, .parameters = parameters, .options = options};
        const auto reply = workers.deliver(job, *transports.find("appendfile"), event::Deadline::in(Duration{20'000}));
        ASSERT_TRUE(reply) << reply.error().text;
        EXPECT_EQ(reply->outcomes[0].fate, delivery::Fate::deferred);
        EXPECT_NE(reply->outcomes[0].text.find("File too large"), std::string::npos) << reply->outcomes[0].text;
        EXPECT_EQ(test::read_file(box), "before\n");
    });
}

TEST_F(WorkersTest, AChildThatIsGoneBeforeItsReportMayHaveDelivered)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        const auto reply = pipe_to(workers, parameters, "cat > " + directory.path() + "/out; kill -KILL $PPID; sleep 300",
                                   event::Deadline::in(Duration{20'000}));
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().cause, Workers::lost) << reply.error().text;
    });
}

TEST_F(WorkersTest, AChildThatDoesNotAnswerIsKilled)
{
    test::run_fiber([&] {
        Workers workers{parameters, *nursery};
        EXPECT_EQ(deliver(workers, 0), delivery::Fate::delivered);
        const auto first = children(*nursery).front();
        ::kill(first, SIGSTOP);
        delivery::Deliver request{.id = "1xUlGU-TXhYBN-09"};
        request.instruction.driver = "appendfile";
        request.instruction.home = directory.path();
        request.instruction.options.push_back({"directory", directory / "Maildir"});
        request.instruction.options.push_back({"maildir_format", "true"});
        request.targets.push_back({.unique = "user@here.example", .address = "user@here.example"});
        const spoold::Fetched message{.headers = "Subject: x\r\n"};
        const Options options{request.instruction.options};
        const Job job{.request = request, .message = message, .parameters = parameters, .options = options};
        EXPECT_FALSE(workers.deliver(job, *transports.find("appendfile"), event::Deadline::in(Duration{200})));
        while (!children(*nursery).empty())
            event::sleep_for(Duration{5});
        EXPECT_EQ(workers.idle(), 0u);
    });
}

}
}
