#include "common/mail/charsets.h"

#include <gtest/gtest.h>

namespace gp::mail {
namespace {

std::string translated(std::string_view octets, std::string_view from, std::string_view to)
{
    auto got = translate(octets, from, to);
    return got ? *got : "error: " + got.error().text;
}

TEST(Charsets, TranslateBetweenThoseThatAreKnown)
{
    EXPECT_EQ(translated("caf\xe9", "iso-8859-1", "UTF-8"), "caf\u00e9");
    EXPECT_EQ(translated("\x80", "windows-1252", "ISO-8859-15"), "\xa4");
    EXPECT_EQ(translated("\u20ac", "utf-8", "iso-8859-15"), "\xa4");
    EXPECT_EQ(translated("\xf0\xd2", "koi8-r", "UTF-8"), "\u041f\u0440");
}

// As Exim 4.96 shows them.
TEST(Charsets, WhatCannotBeTranslatedStaysAsItIs)
{
    EXPECT_EQ(translated("\u00e9\u20ac", "utf-8", "iso-8859-1"), "\xe9\u20ac");
    EXPECT_EQ(translated("\xffx", "utf-8", "iso-8859-1"), "\xffx");
    EXPECT_EQ(translated("\xa4x", "iso-8859-15", "iso-8859-1"), "\xa4x");
    EXPECT_EQ(translated("\xedx", "iso-8859-8", "iso-8859-1"), "\xedx");
    EXPECT_EQ(translated("\xc1x\xe9", "koi8-r", "iso-8859-1"), "\xc1x\xe9");
}

TEST(Charsets, LeaveOutWhatIsLackingWhereTheyAreToldToIgnoreIt)
{
    EXPECT_EQ(translated("(\u05dd\u05d5) ok", "UTF-8", "ISO-8859-1//IGNORE"), "() ok");
    EXPECT_TRUE(translate("ab\xe9", "ISO-8859-8//IGNORE", "UTF-8"));
}

TEST(Charsets, SayWhichOneIsNotKnown)
{
    EXPECT_EQ(translated("x", "no-such-set", "UTF-8").substr(0, 40), "error: iconv_open(\"UTF-8\", \"no-such-set\"");
}

}
}
