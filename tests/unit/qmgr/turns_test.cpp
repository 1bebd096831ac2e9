#include "qmgr/turns.h"

#include <gtest/gtest.h>

#include <string>

namespace gp::qmgr {
namespace {

std::string order(Turns<char>& turns)
{
    std::string out;
    while (!turns.empty())
        out += turns.next();
    return out;
}

TEST(Turns, OwnersTakeThemHoweverManyThingsTheyHave)
{
    Turns<char> turns;
    for (char thing : {'a', 'b', 'c', 'd'})
        turns.add(1, thing);
    turns.add(2, 'X');
    turns.add(3, 'Y');
    turns.add(3, 'Z');
    EXPECT_EQ(turns.size(), 7u);
    EXPECT_EQ(turns.of(1), 4u);
    EXPECT_EQ(order(turns), "aXYbZcd");
}

TEST(Turns, AnOwnerWhoComesLateWaitsForOneRound)
{
    Turns<char> turns;
    for (char thing : {'a', 'b', 'c'})
        turns.add(1, thing);
    turns.add(2, 'X');
    EXPECT_EQ(turns.next(), 'a');
    turns.add(3, 'L');
    EXPECT_EQ(order(turns), "XbLc");
}

TEST(Turns, WhatIsPutBackComesNextAndWhatIsErasedNever)
{
    Turns<char> turns;
    turns.add(1, 'a');
    turns.add(2, 'X');
    turns.add(2, 'W');
    const char first = turns.next();
    turns.put_back(1, first);
    turns.put_back(2, 'V');
    turns.erase('W');
    EXPECT_EQ(turns.size(), 3u);
    EXPECT_TRUE(turns.any_of([](char c) { return c == 'X'; }));
    EXPECT_EQ(order(turns), "VaX");
    EXPECT_EQ(turns.of(2), 0u);
}

}
}
