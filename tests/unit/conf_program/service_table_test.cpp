#include "conf/service_table.h"

#include <gtest/gtest.h>

namespace gp::conf {
namespace {

struct Read {
    ServiceTable table = built_in_services(4);
    config::Problems problems;
    explicit Read(std::string_view text) { read_services(text, "services.conf", table, problems); }
    const ServiceRow& row(std::string_view name) { return *find_service(table, name); }
};

TEST(ServiceTable, HasHalfAsManyProcessesAsCoresWhereWorkIsWide)
{
    auto table = built_in_services(8), least = built_in_services(1);
    for (const char* name : {"smtpd", "cleanup", "router", "remote"}) {
        EXPECT_EQ(find_service(table, name)->processes, 4u) << name;
        EXPECT_EQ(find_service(least, name)->processes, 1u) << name;
    }
    for (const char* name : {"spoold", "qmgr", "launcher", "bounce", "submit", "scan", "keyd", "log"})
        EXPECT_EQ(find_service(table, name)->processes, 1u) << name;
    EXPECT_EQ(find_service(table, "tally")->processes, 0u);
}

TEST(ServiceTable, ChangesOnlyWhatIsSaid)
{
    Read read{"# comment\n\nsmtpd processes=4 sessions=2000 # and this\nscan processes=0\nspoold memory=2G "
              "files=1K\n"};
    EXPECT_FALSE(read.problems.has_errors()) << read.problems.text();
    EXPECT_EQ(read.row("smtpd").processes, 4u);
    EXPECT_EQ(read.row("smtpd").sessions, 2000u);
    EXPECT_EQ(read.row("smtpd").user, "gp-smtpd");
    EXPECT_EQ(read.row("scan").processes, 0u);
    EXPECT_EQ(read.row("spoold").memory_mib, 2048u);
    EXPECT_EQ(read.row("spoold").files, 1024u);
    EXPECT_EQ(read.row("router").processes, 2u);
}

TEST(ServiceTable, MakesPoolsOfOneProgram)
{
    Read read{"submission program=smtpd user=gp-submd\n  "
              "listen=[::]:587/submission,127.0.0.1:465/tls/submission\n"};
    ASSERT_FALSE(read.problems.has_errors()) << read.problems.text();
    const auto& row = read.row("submission");
    EXPECT_EQ(row.program, "smtpd");
    EXPECT_EQ(row.user, "gp-submd");
    ASSERT_EQ(row.listen.size(), 2u);
    EXPECT_EQ(row.listen[0].address.text(), "[::]:587");
    EXPECT_TRUE(row.listen[0].submission);
    EXPECT_FALSE(row.listen[0].tls_on_connect);
    EXPECT_TRUE(row.listen[1].tls_on_connect);
    EXPECT_EQ(row.origin.line, 1u);
}

TEST(ServiceTable, HasMiltersForAPool)
{
    Read read{"smtpd smtpd_milters=\nsubmission program=smtpd smtpd_milters=inet:h:1,unix:/x milter_macro_daemon_name=MSA\n"};
    ASSERT_FALSE(read.problems.has_errors()) << read.problems.text();
    EXPECT_EQ(read.row("smtpd").milters, "") << "none, whatever the main option says";
    EXPECT_EQ(read.row("submission").milters, "inet:h:1,unix:/x");
    EXPECT_EQ(read.row("submission").milter_daemon_name, "MSA");
    EXPECT_FALSE(read.row("scan").milters);
}

struct Bad {
    const char* name;
    const char* text;
    const char* says;
};

class BadServices : public testing::TestWithParam<Bad> {};

TEST_P(BadServices, AreRefusedWithFileAndLine)
{
    Read read{std::string("\n") + GetParam().text};
    EXPECT_TRUE(read.problems.has_errors());
    const auto text = read.problems.text();
    EXPECT_NE(text.find("services.conf:2"), std::string::npos) << text;
    EXPECT_NE(text.find(GetParam().says), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(, BadServices,
                         testing::Values(Bad{"service", "smtpx processes=1", "there is no service \"smtpx\""},
                                         Bad{"milters", "scan smtpd_milters=inet:h:1", "only smtpd asks milters"},
                                         Bad{"program", "mine program=sh", "there is no service \"mine\""},
                                         Bad{"setting", "smtpd proceses=1", "did you mean \"processes\"?"},
                                         Bad{"no_value", "smtpd processes", "is not setting=value"},
                                         Bad{"number", "smtpd processes=many", "processes"},
                                         Bad{"too_many", "smtpd processes=100000", "out of range"},
                                         Bad{"no_sessions", "smtpd sessions=0", "at least one"},
                                         Bad{"memory", "smtpd memory=-1", "memory"},
                                         Bad{"port", "smtpd listen=127.0.0.1", "has no port"},
                                         Bad{"address", "smtpd listen=nowhere:25", "listen"},
                                         Bad{"flag", "smtpd listen=127.0.0.1:25/ssl",
                                             "/tls, /submission and /lmtp are known"},
                                         Bad{"chroot", "smtpd chroot=maybe", "yes or no"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}
}
