#include "common/service/privileges.h"

#include "common/base/text.h"
#include "common/service/image.h"

#include <gtest/gtest.h>

#include <set>

namespace gp::service {
namespace {

Instance instance()
{
    Instance one;
    one.spool_directory = "/var/spool/gatepost";
    return one;
}

TEST(Privileges, NameEachServiceOnce)
{
    std::set<std::string_view> names;
    for (const auto& row : privileges())
        EXPECT_TRUE(names.insert(row.service).second) << row.service;
    EXPECT_EQ(privileges_of("nobody"), nullptr);
    EXPECT_EQ(privileges_of("smtpd")->user, "gp-smtpd");
}

TEST(Privileges, LetServicesAskThoseThatExist)
{
    for (const auto& row : privileges())
        for (const auto other : asked_by(row, asks_at_need)) {
            EXPECT_TRUE(privileges_of(other)) << row.service << " asks " << other;
            EXPECT_TRUE(other != row.service || other == "qmgr") << other; // a guest's asks the suite's
        }
}

// A cleanup that fell gets no connection to other hosts by way of remote: with mua_wrapper it has that channel.
TEST(Privileges, LetCleanupAskRemoteOnlyWhereItMust)
{
    const auto& cleanup = *privileges_of("cleanup");
    EXPECT_EQ(asked_by(cleanup, 0), (std::vector<std::string_view>{"router", "spoold", "scan", "log"}));
    EXPECT_EQ(asked_by(cleanup, asks_at_need), (std::vector<std::string_view>{"router", "spoold", "scan", "log", "remote"}));
    for (const auto& row : privileges())
        EXPECT_EQ(asked_by(row, asks_at_need).size(), asked_by(row, 0).size() + (row.service == "cleanup" ? 1 : 0)) << row.service;
    EXPECT_TRUE(asked_by(*privileges_of("log"), 0).empty());
}

TEST(Privileges, LetEveryServiceButTheLogWriteLogLines)
{
    for (const auto& row : privileges()) {
        const auto asks = split(row.asks, ' ');
        EXPECT_EQ(std::ranges::find(asks, "log") != asks.end(), row.service != "log") << row.service;
    }
}

TEST(Privileges, NameOnlyPlacesThatLieSomewhere)
{
    for (const auto& row : privileges())
        for (const auto places : {row.reads, row.writes})
            for (const auto place : split(places, ' '))
                if (!place.empty() && place != "derived") {
                    EXPECT_FALSE(place_paths(place, instance()).empty()) << row.service << ": " << place;
                }
    EXPECT_EQ(place_paths("hints", instance()), std::vector<std::string>{"/var/spool/gatepost/db"});
}

TEST(Privileges, GiveTheLauncherAloneOtherUsersIds)
{
    for (const auto& row : privileges()) {
        EXPECT_EQ(row.keeps_set_ids, row.service == "launcher") << row.service;
        EXPECT_EQ((row.calls & calls_set_ids) != 0, row.service == "launcher") << row.service;
        EXPECT_EQ((row.calls & calls_fork) != 0, row.service == "launcher") << row.service;
    }
}

TEST(Privileges, LetNobodyWhoFacesClientsSeeAFileOrConnect)
{
    const auto& row = *privileges_of("smtpd");
    EXPECT_TRUE(row.sees_no_file());
    EXPECT_EQ(row.calls, calls_accept);
    const auto plan = jail_plan(row, instance());
    EXPECT_TRUE(plan.paths.empty());
    EXPECT_TRUE(plan.ports.connect.empty());
    EXPECT_FALSE(plan.ports.connect_anywhere);
    EXPECT_TRUE(plan.calls.forbid_exec_memory);
}

TEST(Privileges, AddWhatTheConfigurationDerived)
{
    auto one = instance();
    one.read_paths = {"/etc/aliases"};
    one.connect_ports = {2525};
    one.dns = "127.0.0.1:5353";
    one.memory_mib = 100;
    const auto plan = jail_plan(*privileges_of("router"), one);
    EXPECT_TRUE(std::ranges::any_of(plan.paths, [](const auto& rule) {
        return rule.path == "/etc/aliases" && rule.access == process::path_read;
    }));
    EXPECT_EQ(plan.ports.connect, (std::vector<std::uint16_t>{53, 2525, 5353}));
    EXPECT_EQ(plan.limits.memory_mib, 100u);
}

}
}
