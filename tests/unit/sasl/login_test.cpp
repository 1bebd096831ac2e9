// What the Cyrus SASL library's answers mean: as Exim 4.96 takes them, with a sasldb of the test's own.
#include "router/sasl/login.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace gp::sasl {
namespace {

using namespace std::string_literals;

struct Database {
    test::TempDir directory;
    Database()
    {
        const auto file = directory.path() + "/sasldb2";
        std::ofstream(directory.path() + "/exim.conf") << "sasldb_path: " << file << "\nauxprop_plugin: sasldb\n";
        const auto command = "echo secret | saslpasswd2 -p -c -f " + file + " -u example.test joe 2>/dev/null";
        is_there = std::system(command.c_str()) == 0;
    }
    Words first(const std::string& mechanism) const
    {
        return {"login", mechanism, "smtp", "mx.test", "example.test", "192.0.2.1;25", "192.0.2.2;3456", directory.path()};
    }
    bool is_there = false;
};

struct Sasl : ::testing::Test {
    Database database;
    void SetUp() override
    {
        if (!database.is_there)
            GTEST_SKIP() << "saslpasswd2 is not here";
    }
    Words plain(const std::string& octets) { return Login{database.first("PLAIN")}.step(octets); }
};

TEST_F(Sasl, AGoodPasswordNamesTheUserWithTheRealm)
{
    EXPECT_EQ(plain("\0joe\0secret"s), (Words{"accepted", "joe@example.test", ""}));
    EXPECT_EQ(plain("\0joe@example.test\0secret"s), (Words{"accepted", "joe@example.test", ""}));
}

TEST_F(Sasl, AWrongPasswordIsRejectedAndSaysOfWhom)
{
    EXPECT_EQ(plain("\0joe\0guess"s), (Words{"rejected", "joe@example.test", "Cyrus SASL permanent failure: authentication failure"}));
    EXPECT_EQ(plain("\0ann\0secret"s), (Words{"rejected", "ann@example.test", "Cyrus SASL permanent failure: user not found"}));
    EXPECT_EQ(plain("other\0joe\0secret"s)[0], "rejected");
}

TEST_F(Sasl, OctetsThatAreNoAnswerAreMalformed)
{
    EXPECT_EQ(plain("x")[0], "malformed");
    EXPECT_EQ(plain("\0joe"s)[0], "malformed");
    EXPECT_NE(plain("\0"s + std::string(10'000, 'a') + "\0x"s)[0], "accepted");
    EXPECT_NE(plain("\0joe\0secret\0"s)[0], "accepted");
}

TEST_F(Sasl, TheFirstWordOfPlainMayBeWaitedFor)
{
    Login login{database.first("PLAIN")};
    EXPECT_EQ(login.step(std::nullopt), (Words{"challenge", ""}));
    EXPECT_EQ(login.step("\0joe\0secret"s)[0], "accepted");
}

TEST_F(Sasl, AServerThatSpeaksFirstTakesNoFirstAnswer)
{
    EXPECT_EQ(Login{database.first("CRAM-MD5")}.step("joe")[0], "malformed");
    Login login{database.first("CRAM-MD5")};
    EXPECT_EQ(login.step(std::nullopt)[0], "challenge");
    EXPECT_EQ(login.step("joe 00000000000000000000000000000000")[0], "rejected");
}

TEST_F(Sasl, AMechanismThatIsNotInstalledIsPutOff)
{
    const auto said = Login{database.first("X-NONE")}.step("x");
    EXPECT_EQ(said[0], "deferred");
    EXPECT_NE(said[2].find("X-NONE"), std::string::npos);
}

TEST(SaslWire, WhatIsNoFirstFrameIsPutOff)
{
    EXPECT_EQ(Login{Words{"login"}}.step("x")[0], "deferred");
    EXPECT_EQ(Login{Words{}}.step("x")[0], "deferred");
}

TEST(SaslWire, WordsComeBackAndLengthsThatDoNotFitAreNone)
{
    const Words words{"step", ""s, "\0\xff"s};
    const auto frame = frame_of(words);
    EXPECT_EQ(number_in(frame), frame.size() - head);
    EXPECT_EQ(words_in(std::string_view(frame).substr(head)), words);
    EXPECT_FALSE(words_in("\x05\0\0\0abcd"s));
    EXPECT_FALSE(words_in("\xff\xff\xff\xff"s));
    EXPECT_FALSE(words_in("abc"));
}

}
}
