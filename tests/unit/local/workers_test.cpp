#include "delivery/local/workers.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/fiber_test.h"
#include "tests/support/temp_dir.h"

namespace gp::local {
namespace {

// The children of this process, kept ones included; the dead that nobody has waited for do not count.
std::vector<pid_t> children()
{
    std::vector<pid_t> alive;
    std::ifstream list("/proc/thread-self/children");
    for (pid_t pid = 0; list >> pid;) {
        std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
        std::string number, name, state;
        if (stat >> number >> name >> state && state != "Z")
            alive.push_back(pid);
    }
    return alive;
}

class WorkersTest : public testing::Test {
protected:
    // Delivers message number `n` to a mailbox below the test's directory.
    delivery::Fate deliver(Workers& workers, int n, const std::string& maildir = "Maildir")
    {
        delivery::Deliver request{.id = "1xUlGU-TXhYBN-0" + std::to_string(n), .received = 1'700'000'000'000'000};
        request.instruction.driver = "appendfile";
        request.instruction.home = directory.path();
        request.instruction.options.push_back({"directory", directory / maildir});
        request.instruction.options.push_back({"maildir_format", "true"});
        request.targets.push_back({.unique = "user@here.example", .address = "user@here.example"});
        const spoold::Fetched message{.headers = "Subject: x\r\n", .body = "hello\r\n", .body_size = 7};
        const Options options{request.instruction.options};
        const Job job{.request = request, .message = message, .parameters = parameters, .options = options};
        const auto reply =
            workers.deliver(job, *Registry<Transport>::linked().find("appendfile"), event::Deadline::in(Duration{10'000}));
        EXPECT_TRUE(reply) << reply.error().text;
        if (!reply)
            return delivery::Fate::failed;
        EXPECT_EQ(reply->outcomes[0].text, "");
        return reply->outcomes[0].fate;
    }

    std::size_t delivered(const std::string& maildir = "Maildir") const
    {
        const std::filesystem::directory_iterator files(directory.path() + "/" + maildir + "/new");
        return static_cast<std::size_t>(std::distance(begin(files), end(files)));
    }

    test::TempDir directory;
    launcher::Parameters parameters{.primary_hostname = "mx.example"};
};

TEST_F(WorkersTest, OneChildDeliversSeveralMessagesToAMailbox)
{
    test::run_fiber([&] {
        Workers workers{parameters, false};
        for (int n = 0; n < 3; ++n)
            EXPECT_EQ(deliver(workers, n), delivery::Fate::delivered);
        EXPECT_EQ(delivered(), 3u);
        EXPECT_EQ(children().size(), 1u);
        EXPECT_EQ(workers.idle(), 1u);
    });
}

TEST_F(WorkersTest, AnotherMailboxOfTheSameUserGetsAChildOfItsOwn)
{
    test::run_fiber([&] {
        Workers workers{parameters, false};
        EXPECT_EQ(deliver(workers, 0), delivery::Fate::delivered);
        EXPECT_EQ(deliver(workers, 1, "Other"), delivery::Fate::delivered);
        EXPECT_EQ(workers.idle(), 2u);
    });
}

TEST_F(WorkersTest, AChildThatHasServedItsNumberIsNotUsedAgain)
{
    parameters.local_child_messages = 2;
    test::run_fiber([&] {
        Workers workers{parameters, false};
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
        Workers workers{parameters, false};
        EXPECT_EQ(deliver(workers, 0), delivery::Fate::delivered);
        ASSERT_EQ(children().size(), 1u);
        const auto first = children().front();
        ::kill(first, SIGKILL);
        while (!children().empty())
            event::sleep_for(Duration{1});
        EXPECT_EQ(deliver(workers, 1), delivery::Fate::delivered);
        EXPECT_EQ(delivered(), 2u);
    });
}

}
}
