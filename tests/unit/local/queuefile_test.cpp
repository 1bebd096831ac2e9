#include <fcntl.h>
#include <sys/file.h>

#include <fstream>

#include "common/base/owned_fd.h"

#include "common/ipc/codec.h"
#include "common/spool/exim_import.h"
#include "router/spool_form_protocol.h"
#include "tests/unit/local/letter.h"

namespace gp::local {
namespace {

using delivery::Fate;

class QueueFile : public Letter {
protected:
    QueueFile()
    {
        mail::Envelope from;
        from.origin.login = "joe";
        from.origin.uid = 1000;
        from.origin.gid = 1001;
        from.origin.host_address = "192.0.2.1";
        from.origin.host_port = 4321;
        from.origin.protocol = "esmtp";
        from.variables = {{"m_tag", "some\nlines", true}};
        option("directory", directory_.path());
        option(std::string(router::spool_envelope), ipc::encode(from));
        option("batch_max", "1000");
        request_.body_lines = 3;
        request_.targets.push_back({.unique = "ann@else.example", .address = "ann@else.example", .original = "Ann@here.example", .also = {"both@here.example"}});
    }
    std::string file(const std::string& ending) { return test::read_file(directory_ / (request_.id + ending)); }
};

TEST_F(QueueFile, TheMessageIsAPairOfSpoolFiles)
{
    EXPECT_EQ(deliver("queuefile").fate, Fate::delivered);
    EXPECT_EQ(names(directory_.path()), (std::vector<std::string>{request_.id + "-D", request_.id + "-H"}));
    EXPECT_EQ(file("-D"), request_.id + "-D\none\nFrom here\n.dot\n");
    const auto head = file("-H");
    EXPECT_TRUE(head.starts_with(request_.id + "-H\njoe 1000 1001\n<s@src.example>\n1000 0\n")) << head;
    EXPECT_NE(head.find("\n--host_address [192.0.2.1]:4321\n"), std::string::npos) << head;
    EXPECT_NE(head.find("\n--aclm _tag 10\nsome\nlines\n"), std::string::npos) << head;
    EXPECT_NE(head.find("\nXX\n3\njoe@here.example\nAnn@here.example\nboth@here.example\n\n"), std::string::npos) << head;
    EXPECT_NE(head.find("\n015  Subject: hello\n020F From: a@src.example\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("deliver_firsttime"), std::string::npos);
    struct stat about {};
    ASSERT_EQ(::stat((directory_ / (request_.id + "-H")).c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777, 0640u);
}

TEST_F(QueueFile, WhatItWritesIsReadAsExims)
{
    option(std::string(router::first_delivery), "yes");
    EXPECT_EQ(deliver("queuefile").fate, Fate::delivered);
    const auto read = spool::read_exim_header_file(file("-H"));
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->envelope.sender, "s@src.example");
    EXPECT_EQ(read->envelope.recipients.size(), 3u);
    EXPECT_NE(file("-H").find("\n-deliver_firsttime\n"), std::string::npos);
}

TEST_F(QueueFile, HeadersThatAreAddedAreThere)
{
    option("return_path_add", "true");
    request_.instruction.headers_add = "X-More: x\n";
    EXPECT_EQ(deliver("queuefile").fate, Fate::delivered);
    EXPECT_NE(file("-H").find("Return-path: <s@src.example>\n"), std::string::npos);
    EXPECT_NE(file("-H").find("X-More: x\n"), std::string::npos);
}

TEST_F(QueueFile, ThePairOfThisDeliveryIsEnoughAndThatOfAnotherIsLeftAlone)
{
    EXPECT_EQ(deliver("queuefile").fate, Fate::delivered);
    const auto before = file("-H");
    EXPECT_EQ(deliver("queuefile").fate, Fate::delivered); // the crash hid that it was done
    request_.targets.resize(1);
    const auto outcome = deliver("queuefile");
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_NE(outcome.text.find("is there already, for other recipients"), std::string::npos) << outcome.text;
    EXPECT_EQ(file("-H"), before);
}

TEST_F(QueueFile, WhatAKilledAttemptLeftIsReplaced)
{
    for (const auto* ending : {"-D", "-D.tmp", "-H.tmp"})
        std::ofstream{directory_ / (request_.id + ending)} << "torn";
    EXPECT_EQ(deliver("queuefile").fate, Fate::delivered);
    EXPECT_EQ(names(directory_.path()), (std::vector<std::string>{request_.id + "-D", request_.id + "-H"}));
    EXPECT_EQ(file("-D"), request_.id + "-D\none\nFrom here\n.dot\n");
}

TEST_F(QueueFile, AnAttemptAfterACrashKnowsItsOwnPairThoughItsHeadersAreOthers)
{
    option(std::string(router::first_delivery), "yes");
    EXPECT_EQ(deliver("queuefile").fate, Fate::delivered);
    const auto before = file("-H");
    request_.instruction.options.pop_back();
    request_.instruction.headers_add = "X-Date: later\n";
    const auto outcome = deliver("queuefile");
    EXPECT_EQ(outcome.fate, Fate::delivered) << outcome.text;
    EXPECT_EQ(file("-H"), before);
    std::filesystem::remove(directory_ / (request_.id + "-D"));
    EXPECT_EQ(deliver("queuefile").fate, Fate::deferred);
}

TEST_F(QueueFile, TwoDeliveriesOfAMessageDoNotTouchEachOthersFiles)
{
    const auto draft = directory_ / (request_.id + "-H.tmp");
    const OwnedFd other{::open(draft.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640)};
    ASSERT_EQ(::flock(other.get(), LOCK_EX), 0);
    for (const auto* ending : {"-H.tmp", "-D.tmp", "-D"})
        std::ofstream{directory_ / (request_.id + ending)} << "of the other one";
    const auto outcome = deliver("queuefile");
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_NE(outcome.text.find("another delivery of this message"), std::string::npos) << outcome.text;
    for (const auto* ending : {"-H.tmp", "-D.tmp", "-D"})
        EXPECT_EQ(file(ending), "of the other one") << ending;
    EXPECT_EQ(names(directory_.path()).size(), 3u);
}

TEST_F(QueueFile, WithoutItsDirectoryItWaits)
{
    request_.instruction.options.front().value = directory_ / "none";
    auto outcome = deliver("queuefile");
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_NE(outcome.text.find("No such file or directory"), std::string::npos) << outcome.text;
    request_.instruction.options.front().value = "spool";
    outcome = deliver("queuefile");
    EXPECT_NE(outcome.text.find("no absolute path"), std::string::npos) << outcome.text;
}

}
}
