#include "qmgr/accounts.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "common/base/clock.h"

namespace gp::qmgr {
namespace {

// Two builds may be tested at once on one machine, and each file has one owner.
struct OwnFolder {
    OwnFolder() { path = ::mkdtemp(path.data()) + std::string("/"); }
    ~OwnFolder() { std::filesystem::remove_all(path); }
    std::string path = testing::TempDir() + "accounts_test_XXXXXX";
};

std::string own_file(const std::string& name)
{
    static const OwnFolder folder;
    return folder.path + name;
}

SentBy from(const std::string& login)
{
    SentBy message;
    message.sender = login + "@a.example";
    message.origin.host_address = "192.0.2.1";
    message.origin.authenticated_id = login;
    return message;
}

class AccountsTest : public testing::Test {
protected:
    ManualClock clock;
    Accounts accounts{{.jump = 5, .floor = 10, .failure_share = 50, .most = 4}, clock, nullptr};

    Accounts::State send(const std::string& login, int messages)
    {
        for (int i = 0; i < messages; ++i)
            accounts.arrived(from(login));
        return accounts.verdict(from(login)).state;
    }
};

TEST_F(AccountsTest, ARateThatJumpsIsSlowedAndThenHeld)
{
    EXPECT_EQ(send("ann", 10), Accounts::State::normal);
    EXPECT_EQ(send("ann", 1), Accounts::State::slowed);
    EXPECT_EQ(send("ann", 20), Accounts::State::held);
    EXPECT_EQ(send("bob", 1), Accounts::State::normal); // at the same client, of the same domain
}

TEST_F(AccountsTest, TheMessagesOfASlowedAccountGoAtThePaceOfItsLimit)
{
    send("ann", 12);
    const auto first = accounts.verdict(from("ann")).at;
    EXPECT_EQ(accounts.verdict(from("ann")).at, first + 360);
    EXPECT_EQ(accounts.verdict(from("ann")).at, first + 720);
}

TEST_F(AccountsTest, WhatIsReleasedIsUsualFromThenOn)
{
    send("ann", 40);
    EXPECT_TRUE(accounts.set("login:ann", Accounts::State::normal, "root"));
    EXPECT_EQ(send("ann", 50), Accounts::State::normal);
    EXPECT_FALSE(accounts.set("login:nobody", Accounts::State::normal, "root"));
    EXPECT_TRUE(accounts.set("login:nobody", Accounts::State::held, "root"));
    EXPECT_EQ(send("nobody", 1), Accounts::State::held);
}

TEST_F(AccountsTest, AShareOfFailuresHoldsToo)
{
    send("ann", 5);
    accounts.settled(from("ann"), {.delivered = 30});
    EXPECT_EQ(send("ann", 1), Accounts::State::normal);
    accounts.settled(from("ann"), {.failed = 40});
    EXPECT_EQ(send("ann", 1), Accounts::State::held);
}

TEST_F(AccountsTest, CountsByLoginClientAndDomain)
{
    send("ann", 2);
    const auto all = accounts.all();
    ASSERT_EQ(all.size(), 3u);
    for (const auto& one : all)
        EXPECT_EQ(one.messages, 2u) << one.name;
}

TEST_F(AccountsTest, WhoIsSilentForLongestIsForgottenAndWhoIsStoppedIsNot)
{
    const auto knows = [&](std::string_view name) { return std::ranges::count(accounts.all(), name, &Accounts::Account::name) == 1; };
    accounts.set("login:ann", Accounts::State::held, "root");
    for (const auto* login : {"bob", "eve", "joe", "bob", "sue"}) {
        clock.advance(std::chrono::seconds(1));
        send(login, 1);
    }
    EXPECT_TRUE(knows("login:ann"));
    EXPECT_TRUE(knows("login:bob")); // heard of after eve
    EXPECT_FALSE(knows("login:eve"));
    EXPECT_TRUE(knows("login:joe"));
    EXPECT_TRUE(knows("login:sue"));
    EXPECT_EQ(accounts.verdict(from("ann")).state, Accounts::State::held);
}

TEST_F(AccountsTest, StrangersNamesDoNotDriveOutLogins)
{
    send("ann", 3);
    for (int i = 0; i < 50; ++i) {
        clock.advance(std::chrono::seconds(1));
        SentBy stranger;
        stranger.sender = "x@" + std::to_string(i) + ".example";
        stranger.origin.host_address = "198.51.100." + std::to_string(i);
        accounts.arrived(stranger);
    }
    const auto all = accounts.all();
    const auto ann = std::ranges::find(all, "login:ann", &Accounts::Account::name);
    ASSERT_NE(ann, all.end());
    EXPECT_EQ(ann->messages, 3u);
    EXPECT_EQ(all.size(), 5u); // ann, and four of the others
}

TEST_F(AccountsTest, OneBurstAndALongSilenceAreNotUsual)
{
    send("ann", 10);
    clock.advance(std::chrono::hours(24 * 3));
    EXPECT_NE(send("ann", 20), Accounts::State::normal);
}

TEST_F(AccountsTest, AMessageThatHasHadItsTurnTakesNoOther)
{
    send("ann", 12);
    const auto first = accounts.verdict(from("ann")).at;
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(accounts.verdict(from("ann"), false).state, Accounts::State::slowed);
    EXPECT_EQ(accounts.verdict(from("ann")).at, first + 360);
}

TEST_F(AccountsTest, ReportsAreNobodysAccount)
{
    auto report = from("ann");
    report.is_bounce = true;
    accounts.arrived(report);
    EXPECT_TRUE(accounts.all().empty());
}

TEST(AccountStore, WhatIsUsualIsUsualAfterARestart)
{
    const std::string path = own_file("accounts_test_usual");
    std::remove(path.c_str());
    ManualClock clock;
    const Accounts::Settings settings{.jump = 5, .floor = 10, .most = 2};
    {
        Accounts accounts{settings, clock, hints::Store::open(path).take()};
        for (int hour = 0; hour < 10 * 24; ++hour, clock.advance(std::chrono::hours(1)))
            for (int i = 0; i < 10; ++i)
                accounts.arrived(from("ann"));
        accounts.flush();
    }
    Accounts accounts{settings, clock, hints::Store::open(path).take()};
    for (int i = 0; i < 25; ++i)
        accounts.arrived(from("ann"));
    EXPECT_EQ(accounts.verdict(from("ann")).state, Accounts::State::normal); // more than 10, and not more than five times what it does
    for (const auto* login : {"bob", "eve", "joe"})
        accounts.arrived(from(login));
    for (int i = 0; i < 25; ++i) // forgotten meanwhile, and remembered
        accounts.arrived(from("ann"));
    EXPECT_EQ(accounts.verdict(from("ann")).state, Accounts::State::normal);
    clock.advance(std::chrono::hours(24 * 60));
    for (int i = 0; i < 25; ++i) // long ago
        accounts.arrived(from("ann"));
    EXPECT_NE(accounts.verdict(from("ann")).state, Accounts::State::normal);
}

TEST(AccountStore, WhatIsOldLeavesTheStoreWithoutARestart)
{
    const std::string path = own_file("accounts_test_old");
    std::remove(path.c_str());
    ManualClock clock;
    {
        Accounts accounts{{.most = 1}, clock, hints::Store::open(path).take()};
        accounts.arrived(from("bob"));
        accounts.arrived(from("ann")); // and bob is forgotten
        accounts.flush();
        clock.advance(std::chrono::hours(24 * 31));
        accounts.arrived(from("ann"));
        accounts.flush();
    }
    const auto store = hints::Store::open(path).take();
    EXPECT_TRUE(store->get("usual:login:ann"));
    EXPECT_FALSE(store->get("usual:login:bob"));
}

TEST(AccountStore, WhoIsHeldIsHeldAfterARestart)
{
    const std::string path = own_file("accounts_test_db");
    std::remove(path.c_str());
    ManualClock clock;
    {
        Accounts accounts{{}, clock, hints::Store::open(path).take()};
        accounts.set("login:ann", Accounts::State::held, "root");
        accounts.set("login:bob", Accounts::State::held, "root");
        accounts.set("login:bob", Accounts::State::normal, "root");
    }
    Accounts accounts{{}, clock, hints::Store::open(path).take()};
    EXPECT_EQ(accounts.verdict(from("ann")).state, Accounts::State::held);
    EXPECT_EQ(accounts.verdict(from("bob")).state, Accounts::State::normal);
    EXPECT_EQ(accounts.all().front().why, "by root");
}

}
}
