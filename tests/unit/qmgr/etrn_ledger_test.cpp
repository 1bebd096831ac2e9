#include "qmgr/etrn_ledger.h"

#include <gtest/gtest.h>

namespace gp::qmgr {
namespace {

bool begins(EtrnLedger& ledger, const std::string& key, std::uint64_t by = EtrnLedger::ours)
{
    const auto begun = ledger.begin(key, by);
    return begun && *begun;
}

TEST(EtrnLedger, AnArgumentRunsOnceAtATime)
{
    EtrnLedger ledger;
    EXPECT_TRUE(begins(ledger, "#a"));
    EXPECT_FALSE(begins(ledger, "#a", 7));
    EXPECT_TRUE(begins(ledger, "#b", 7));
    ledger.end("#a", EtrnLedger::ours);
    EXPECT_TRUE(begins(ledger, "#a"));
    EXPECT_TRUE(begins(ledger, "") && begins(ledger, "")); // without smtp_etrn_serialize
}

TEST(EtrnLedger, WhatADeadRouterRanMayRunAgain)
{
    EtrnLedger ledger;
    EXPECT_TRUE(begins(ledger, "#a", 7) && begins(ledger, "#b", 8));
    ledger.end("#b", 7); // not its own
    ledger.gone(7);
    EXPECT_TRUE(begins(ledger, "#a", 9));
    EXPECT_FALSE(begins(ledger, "#b", 9));
}

TEST(EtrnLedger, TooManyArePutOff)
{
    EtrnLedger ledger;
    for (std::size_t i = 0; i < EtrnLedger::most; ++i)
        EXPECT_TRUE(begins(ledger, i % 2 ? "" : "#" + std::to_string(i)));
    EXPECT_FALSE(ledger.begin("#one more", 7));
    EXPECT_FALSE(ledger.begin("", 7));
}

}
}
