#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <filesystem>

#include "common/log/logd/journald.h"
#include "common/log/logd/syslog.h"

namespace gp::logd {
namespace {

// The daemon's end of the socket.
class SystemLogs : public testing::Test {
protected:
    void SetUp() override { ::unlink(path.c_str()); }
    void TearDown() override { ::unlink(path.c_str()); }
    void listen()
    {
        ::unlink(path.c_str());
        socket = OwnedFd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path;
    }
    std::string hear()
    {
        std::string text(1 << 18, '\0');
        const auto got = ::recv(socket.get(), text.data(), text.size(), 0);
        text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return text;
    }
    static SystemLine line(std::string_view text) { return {.log = "main", .text = text, .stamped = text, .pid = 17}; }

    const std::string path = testing::TempDir() + "gp_system_log_" + std::to_string(::getpid());
    OwnedFd socket;
    Syslog syslog{path, 4096, {.process_name = "exim", .facility = LOG_MAIL}};
};

TEST_F(SystemLogs, SyslogSplitsLongLines)
{
    listen();
    syslog.add(line("short"));
    syslog.add(line(std::string(1000, 'x')));
    EXPECT_TRUE(syslog.flush());
    EXPECT_TRUE(hear().ends_with(" exim[17]: short"));
    const auto first = hear(), second = hear();
    EXPECT_TRUE(first.starts_with("<22>")) << first;
    EXPECT_NE(first.find("exim[17]: [1/2] xxx"), std::string::npos) << first;
    EXPECT_NE(second.find("exim[17]: [2\\2] xxx"), std::string::npos) << second;
}

TEST_F(SystemLogs, LinesWaitForADaemonThatIsNotThereYet)
{
    syslog.add(line("early"));
    const auto failed = syslog.flush();
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().text.find("connect to " + path), std::string::npos);
    EXPECT_TRUE(syslog.has_pending());
    listen();
    EXPECT_TRUE(syslog.flush());
    EXPECT_TRUE(hear().ends_with("early"));
    EXPECT_FALSE(syslog.has_pending());
}

TEST_F(SystemLogs, ADaemonThatWasStartedAnewIsFoundAgain)
{
    listen();
    syslog.add(line("before"));
    EXPECT_TRUE(syslog.flush());
    listen();
    syslog.add(line("after"));
    EXPECT_TRUE(syslog.flush());
    EXPECT_TRUE(hear().ends_with("after"));
}

TEST_F(SystemLogs, WhatIsTooMuchIsLostAndToldOfInItsPlace)
{
    for (int i = 0; i < 500; ++i)
        syslog.add(line("line " + std::to_string(i)));
    EXPECT_FALSE(syslog.flush());
    listen();
    std::string last;
    for (bool more = true; more;) { // the socket's own queue is short
        more = !syslog.flush();
        for (auto text = hear(); !text.empty(); text = hear())
            last = text;
    }
    EXPECT_NE(last.find(" lines were lost here, because " + path), std::string::npos) << last;
    syslog.add(line("and on"));
    EXPECT_TRUE(syslog.flush());
    EXPECT_TRUE(hear().ends_with("and on"));
}

TEST_F(SystemLogs, ABusyDaemonIsWaitedForAMomentOnly)
{
    listen();
    int said = 0;
    Status full;
    while (full && said < 100'000) { // the kernel's queue may be long
        syslog.add(line("line " + std::to_string(said++)));
        full = syslog.flush();
    }
    ASSERT_FALSE(full);
    EXPECT_NE(full.error().text.find("busy"), std::string::npos) << full.error().text;
    int heard = 0;
    while (syslog.has_pending() || heard < said) {
        for (auto text = hear(); !text.empty(); text = hear())
            EXPECT_TRUE(text.ends_with("line " + std::to_string(heard++))) << text;
        (void)syslog.flush();
    }
    EXPECT_EQ(heard, said);
}

TEST_F(SystemLogs, JournaldHasFields)
{
    listen();
    Journald journald{path, 1 << 20, "gatepost", LOG_MAIL};
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    auto told = line("1xVDco-ao5HNJ-0J => u@x.example");
    journald.add(told);
    told.log = "reject";
    told.severity = Severity::notice;
    told.text = "rejected\nwith headers";
    journald.add(told);
    EXPECT_TRUE(journald.flush());
    EXPECT_EQ(hear(), "MESSAGE=1xVDco-ao5HNJ-0J => u@x.example\nPRIORITY=6\nSYSLOG_IDENTIFIER=gatepost\nSYSLOG_FACILITY=2\n"
                      "SYSLOG_PID=17\nSYSLOG_TIMESTAMP=Jan  1 00:00:00\nGATEPOST_LOG=main\nGATEPOST_MESSAGE_ID=1xVDco-ao5HNJ-0J\n");
    const auto second = hear();
    EXPECT_TRUE(second.starts_with(std::string("MESSAGE\n\x15\0\0\0\0\0\0\0rejected\nwith headers\n", 38))) << second;
    EXPECT_TRUE(second.ends_with("GATEPOST_LOG=reject\n")) << second;
}

}
}
