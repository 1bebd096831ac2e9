// Automatic replies: what the child writes, and whom it remembers.
#include <sys/socket.h>

#include <thread>

#include "common/ipc/codec.h"
#include "delivery/local/once_file.h"
#include "tests/unit/local/letter.h"

namespace gp::local {
namespace {

class Autoreply : public Letter {
protected:
    // The test is the launcher that takes the message.
    std::string reply_of()
    {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        const OwnedFd child{ends[0]}, launcher{ends[1]};
        std::string sent;
        std::thread taker([&] {
            std::string head(frame_head, '\0');
            if (::recv(launcher.get(), head.data(), head.size(), MSG_WAITALL) != static_cast<ssize_t>(head.size()))
                return;
            std::string octets(framed_size(head), '\0');
            if (::recv(launcher.get(), octets.data(), octets.size(), MSG_WAITALL) <= 0)
                return;
            if (auto words = ipc::decode<delivery::DeliverReply>(octets))
                sent = words->new_message;
            const auto good = framed({});
            EXPECT_GT(::send(launcher.get(), good.data(), good.size(), 0), 0);
        });
        const auto drivers = Registry<Transport>::linked();
        const Options options{request_.instruction.options};
        const Job job{.request = request_, .message = message_, .parameters = parameters_, .options = options, .launcher = child.get()};
        const auto reply = drivers.find("autoreply")->deliver(job);
        EXPECT_EQ(reply.outcomes.at(0).fate, delivery::Fate::delivered) << reply.outcomes.at(0).text;
        ::shutdown(child.get(), SHUT_WR);
        taker.join();
        return sent;
    }
};

TEST_F(Autoreply, AnswersWithReferencesAndSaysThatItIsARobot)
{
    message_.headers += "Message-Id: <1@src.example>\r\nReferences: <0@src.example>\r\n";
    option("to", "a@src.example");
    option("subject", "away");
    option("text", "I am not here.");
    EXPECT_EQ(reply_of(), "To: a@src.example\r\nSubject: away\r\nIn-Reply-To: <1@src.example>\r\n"
                          "References: <0@src.example> <1@src.example>\r\nAuto-Submitted: auto-replied\r\n\r\nI am not here.\r\n");
}

TEST_F(Autoreply, TellsItsLogInEximsForm)
{
    option("to", "a@src.example");
    option("subject", "away");
    option("text", "x");
    option("log", directory_ / "log");
    reply_of();
    const auto log = test::read_file(directory_ / "log");
    ASSERT_GT(log.size(), 20u);
    EXPECT_EQ(log.substr(4, 1) + log.substr(10, 1) + log.substr(13, 1), "- :");
    EXPECT_EQ(log.substr(19), "\n  To: a@src.example\n  Subject: away\n");
}

TEST_F(Autoreply, NamesTheFirstAndTheLastOfManyReferences)
{
    std::string ids, kept = "<number-1@a.long.host.name.example>";
    for (int i = 1; i <= 15; ++i) {
        const auto id = "<number-" + std::to_string(i) + "@a.long.host.name.example>";
        ids += " " + id;
        kept += i > 4 ? " " + id : "";
    }
    message_.headers += "References:" + ids + "\r\n"; // and no id of its own
    option("to", "a@src.example");
    option("text", "I am not here.");
    EXPECT_EQ(reply_of(), "To: a@src.example\r\nReferences: " + kept + "\r\nAuto-Submitted: auto-replied\r\n\r\nI am not here.\r\n");
}

TEST_F(Autoreply, ReturnsTheMessageWhenAsked)
{
    option("to", "a@src.example");
    option("return_message", "true");
    const auto text = reply_of();
    EXPECT_NE(text.find("\r\n------ This is a copy of the message, including all the headers.\r\n\r\nSubject: hello\r\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\r\nFrom here\r\n.dot\r\n"), std::string::npos);
}

TEST_F(Autoreply, AnswersOnceUntilTheTimeIsOver)
{
    option("to", "a@src.example");
    option("once", directory_ / "once");
    EXPECT_NE(reply_of(), "");
    EXPECT_EQ(reply_of(), "");
    request_.instruction.options[0].value = "b@src.example";
    EXPECT_NE(reply_of(), "");
}

TEST_F(Autoreply, MakesNothingForNobody)
{
    option("nobody", "true");
    EXPECT_EQ(reply_of(), "");
}

TEST(OnceFile, ForgetsTheOldestWhenItIsFull)
{
    test::TempDir directory;
    const auto remember = [&](const std::string& who) {
        auto file = OnceFile::open(directory / "once", 0600, 40, "t");
        ASSERT_TRUE(file) << file.error().text;
        EXPECT_TRUE((*file)->remember(who, 1000));
    };
    for (const auto* who : {"a@x.example", "b@x.example", "c@x.example"})
        remember(who);
    auto file = OnceFile::open(directory / "once", 0600, 40, "t");
    ASSERT_TRUE(file);
    EXPECT_FALSE((*file)->last("a@x.example"));
    EXPECT_EQ((*file)->last("b@x.example"), 1000);
    EXPECT_EQ((*file)->last("c@x.example"), 1000);
}

TEST(OnceFile, KeepsADatabaseOverRuns)
{
    test::TempDir directory;
    {
        auto file = OnceFile::open(directory / "once", 0600, 0, "t");
        ASSERT_TRUE(file) << file.error().text;
        EXPECT_FALSE((*file)->last("a@x.example"));
        EXPECT_TRUE((*file)->remember("a@x.example", 7));
    }
    auto file = OnceFile::open(directory / "once", 0600, 0, "t");
    ASSERT_TRUE(file);
    EXPECT_EQ((*file)->last("a@x.example"), 7);
}

}
}
