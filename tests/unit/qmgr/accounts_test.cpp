#include "qmgr/accounts.h"

#include <gtest/gtest.h>

#include "common/base/clock.h"

namespace gp::qmgr {
namespace {

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

TEST_F(AccountsTest, CountsByLoginClientAndDomainAndForgetsTheSilentOnes)
{
    send("ann", 2);
    auto all = accounts.all();
    ASSERT_EQ(all.size(), 3u);
    for (const auto& one : all)
        EXPECT_EQ(one.messages, 2u) << one.name;
    accounts.set("login:ann", Accounts::State::held, "root");
    for (const auto* login : {"bob", "eve", "joe"})
        send(login, 1);
    EXPECT_EQ(accounts.all().size(), 4u);
    EXPECT_EQ(accounts.verdict(from("ann")).state, Accounts::State::held); // who is stopped stays
}

TEST_F(AccountsTest, ReportsAreNobodysAccount)
{
    auto report = from("ann");
    report.is_bounce = true;
    accounts.arrived(report);
    EXPECT_TRUE(accounts.all().empty());
}

TEST(AccountStore, WhoIsHeldIsHeldAfterARestart)
{
    const std::string path = testing::TempDir() + "accounts_test_db";
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
