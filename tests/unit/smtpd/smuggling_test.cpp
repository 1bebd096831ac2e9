// One message can never be read as two: whatever stands around a dot, whoever sends it, and whether the
// administrator refuses bare line ends or has them normalised.

#include "tests/unit/smtpd/transcript.h"

namespace gp::smtpd {
namespace {

const std::vector<std::string>& pieces()
{
    static const std::vector<std::string> made = {
        "",     "\r",   "\n",     "\r\n", "\n\r", "\r\r",   "\n\n",   "\r\r\n", "\r\n\n", "\r\n\r", std::string(1, '\0'),
        std::string("\r\0\n", 3), std::string("\0\r\n", 3), std::string("\r\n\0", 3), "\r\n ", "\t\r\n"};
    return made;
}

const std::string smuggled = "MAIL FROM:<evil@b>\r\nRCPT TO:<victim@example.org>\r\nDATA\r\nevil: yes\r\n\r\nevil\r\n.\r\n";

// The end of data as RFC 5321 has it, found without our parser.
bool ends_in_the_middle(const std::string& text)
{
    return ("\r\n" + text).find("\r\n.\r\n") != std::string::npos;
}

TEST(Smuggling, DataEndsAtCrlfDotCrlfAndNowhereElse)
{
    int vectors = 0;
    for (auto bare : {Parameters::BareNewline::reject, Parameters::BareNewline::normalize})
        for (const auto& before : pieces())
            for (const auto& after : pieces()) {
                const std::string trick = "a: b\r\n\r\nbody" + before + "." + after;
                if (ends_in_the_middle(trick))
                    continue; // two messages, and rightly so
                ++vectors;
                Transcript session;
                session.parameters.bare_newline = bare;
                session.play([&](Caller& client) {
                    client.begins().hears("DATA").says("354 ");
                    client.sends(trick + smuggled + "QUIT\r\n");
                    client.reply();
                    client.says("221 ").is_closed();
                });
                EXPECT_LE(session.cleanup.messages.size(), 1u) << testing::PrintToString(trick);
                for (const auto& message : session.cleanup.messages) {
                    EXPECT_EQ(message.envelope.sender, "a@b.example");
                    EXPECT_NE(message.octets.find("evil: yes"), std::string::npos);
                    // What we pass on has no line end that another program could see and we do not.
                    for (std::size_t i = 0; i < message.octets.size(); ++i) {
                        if (message.octets[i] == '\n') {
                            EXPECT_TRUE(i > 0 && message.octets[i - 1] == '\r');
                        }
                        if (message.octets[i] == '\r') {
                            EXPECT_TRUE(i + 1 < message.octets.size() && message.octets[i + 1] == '\n');
                        }
                    }
                }
            }
    EXPECT_GE(vectors, 200);
}

TEST(Smuggling, AChunkIsCountedAndNothingInItIsACommand)
{
    for (auto bare : {Parameters::BareNewline::reject, Parameters::BareNewline::normalize})
        for (const auto& before : pieces())
            for (const auto& after : pieces()) {
                const std::string octets = "a: b\r\n\r\nbody" + before + "." + after + smuggled;
                Transcript session;
                session.parameters.bare_newline = bare;
                session.play([&](Caller& client) {
                    client.begins();
                    const auto half = octets.size() / 2;
                    client.sends("BDAT " + std::to_string(half) + "\r\n" + octets.substr(0, half) + "BDAT " +
                                 std::to_string(octets.size() - half) + " LAST\r\n" + octets.substr(half) + "QUIT\r\n");
                    client.says("250 ").reply();
                    client.says("221 ").is_closed();
                });
                EXPECT_LE(session.cleanup.messages.size(), 1u) << testing::PrintToString(octets);
                for (const auto& message : session.cleanup.messages)
                    EXPECT_EQ(message.envelope.sender, "a@b.example");
            }
}

TEST(Smuggling, BareLineEndsAreRefusedByDefault)
{
    Transcript session;
    session.play([](Caller& client) {
        client.begins().hears("DATA").says("354 ");
        client.sends("a: b\r\n\r\nbody\n.\nmore\r\n.\r\n").says("550 bare CR or LF in the message");
        client.hears("NOOP").says("250 OK");
    });
    EXPECT_TRUE(session.logged_reject("rejected from <a@b.example> H=(client.example) [192.0.2.1]: bare CR or LF in the "
                                      "message"))
        << session.logs();
    EXPECT_TRUE(session.cleanup.messages.empty());
}

TEST(Smuggling, ARefusedChunkIsReadAndThrownAway)
{
    Transcript session;
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 ");
        client.sends("BDAT " + std::to_string(smuggled.size()) + "\r\n" + smuggled);
        client.says("503 valid RCPT command must precede BDAT");
        client.hears("NOOP").says("250 OK");
    });
    EXPECT_TRUE(session.cleanup.messages.empty());
}

}
}
