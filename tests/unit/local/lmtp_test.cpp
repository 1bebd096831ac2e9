// LMTP by a command: what its replies mean, and that it ends.
#include "tests/unit/local/letter.h"

namespace gp::local {
namespace {

using delivery::Fate;

class Lmtp : public Letter {
protected:
    // A server that says `rcpt` to RCPT and `end` to the message, and then does `last`.
    void server(const std::string& rcpt, const std::string& end = "250 ok", const std::string& last = "exit 0")
    {
        const std::string script = "trap '' TERM; say() { printf '%s\\r\\n' \"$1\"; }; say '220 here'\n"
                                   "while read -r line; do case $line in\n"
                                   "RCPT*) say '" + rcpt + "' ;;\n"
                                   "DATA*) say '354 go'; while read -r line; do echo \"$line\" >> " + out_ +
                                   "; case $line in .?) break ;; esac; done; say '" + end + "' ;;\n"
                                   "QUIT*) say '221 bye'; " + last + " ;;\n"
                                   "*) say '250 ok' ;; esac; done";
        for (const auto* word : {"/bin/sh", "-c"})
            option("command", word);
        option("command", script);
    }
    const std::string out_ = directory_ / "out";
};

TEST_F(Lmtp, RetryRulesKnowWhatWasRefused)
{
    server("452 4.2.2 full");
    const auto outcome = deliver("lmtp");
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_EQ(outcome.error_name, "rcpt_4xx");
    EXPECT_EQ(outcome.smtp_code, 452u);
}

TEST_F(Lmtp, ABounceHasTheReply)
{
    server("250 ok", "550 5.7.1 no thanks");
    const auto outcome = deliver("lmtp");
    EXPECT_EQ(outcome.fate, Fate::failed);
    EXPECT_EQ(outcome.smtp_code, 550u);
    EXPECT_EQ(outcome.enhanced, "5.7.1");
}

TEST_F(Lmtp, AServerThatStaysAfterItsGoodbyeIsEnded)
{
    server("250 ok", "250 taken", "sleep 100");
    EXPECT_EQ(deliver("lmtp").fate, Fate::delivered);
}

TEST_F(Lmtp, AnAddressThatEndsItsCommandIsNotSent)
{
    server("250 ok");
    request_.targets[0].address = "joe@here.example>\r\nRSET";
    EXPECT_EQ(deliver("lmtp").text, "the address has a line end or a NUL in it and cannot be sent by LMTP");
}

// As a transport filter may leave it.
TEST_F(Lmtp, AMessageWithoutALastLineEndIsEndedAllTheSame)
{
    message_.body = "one";
    option("timeout", "5s");
    server("250 ok");
    EXPECT_EQ(deliver("lmtp").fate, Fate::delivered);
    EXPECT_TRUE(test::read_file(out_).ends_with("\none\r\n.\r\n")) << test::read_file(out_);
}

// transport_filter: when the message is wanted, and not before.
TEST_F(Lmtp, AMessageIsFilteredOnItsWayToTheServer)
{
    for (const auto* word : {"/bin/sh", "-c", "cat; echo filtered"})
        option("transport_filter", word);
    server("250 ok");
    EXPECT_EQ(deliver("lmtp").fate, Fate::delivered);
    EXPECT_TRUE(test::read_file(out_).ends_with("\nfiltered\r\n.\r\n")) << test::read_file(out_);
}

TEST_F(Lmtp, AFilterThatFailsHasSpokenToTheServerFirst)
{
    option("transport_filter", "/non/existent/file");
    server("550 nobody wants it");
    EXPECT_EQ(deliver("lmtp").fate, Fate::failed) << "a refused recipient needs no filter";
    request_.instruction.options.clear();
    option("transport_filter", "/non/existent/file");
    server("250 ok");
    const auto outcome = deliver("lmtp");
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_EQ(outcome.text, "transport filter process failed (127): unable to execute command");
}

}
}
