// The examples of RFC 1320 and of MS-NLMP section 4.2.
#include "common/auth/detail/ntlm.h"

#include <gtest/gtest.h>

#include "common/base/encoding.h"

namespace gp::auth::ntlm {
namespace {

const std::string challenge = *hex_decode("0123456789abcdef");

TEST(Ntlm, Md4IsThatOfItsSpecification)
{
    EXPECT_EQ(hex_encode(md4("")), "31d6cfe0d16ae931b73c59d7e0c089c0");
    EXPECT_EQ(hex_encode(md4("message digest")), "d9130a8164549fe818874806e1c7014b");
    EXPECT_EQ(hex_encode(md4("12345678901234567890123456789012345678901234567890123456789012345678901234567890")),
              "e33b4ddc9c38f2199c3e7b164fcc0536");
}

TEST(Ntlm, AnAnswerOfVersionOneIsThatOfTheSpecification)
{
    const auto message = answer_message("User", "Domain", "Password", challenge);
    ASSERT_TRUE(message);
    EXPECT_EQ(hex_encode(message->substr(64, 24)), "98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13");
    const auto answer = answer_of(*message);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->user, "User");
    EXPECT_EQ(answer->domain, "Domain");
    EXPECT_EQ(hex_encode(answer->response), "67c43011f30298a2ad35ece64f16331c44bdbed927841f94");
    EXPECT_TRUE(*is_response(*answer, "Password", challenge));
    EXPECT_FALSE(*is_response(*answer, "password", challenge));
    EXPECT_FALSE(*is_response(*answer, "Password", "01234567"));
}

TEST(Ntlm, AnAnswerOfVersionTwoIsUnderstood)
{
    // MS-NLMP section 4.2.4: temp with a time of 0, a challenge of aa…aa and the names Domain and Server.
    Answer answer{.user_utf16 = *hex_decode("5500730065007200"),
                  .domain_utf16 = *hex_decode("44006f006d00610069006e00")};
    answer.response = *hex_decode("68cd0ab851e51c96aabc927bebef6a1c"
                                  "01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000"
                                  "02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000");
    EXPECT_TRUE(*is_response(answer, "Password", challenge));
    EXPECT_FALSE(*is_response(answer, "Passwort", challenge));
}

TEST(Ntlm, AFieldOutsideOfTheMessageIsNoAnswer)
{
    auto message = *answer_message("User", "Domain", "Password", challenge);
    for (std::size_t length = 0; length < message.size(); ++length)
        (void)answer_of(message.substr(0, length));
    message[40] = '\xff';
    EXPECT_FALSE(answer_of(message));
    EXPECT_FALSE(challenge_of("NTLMSSP"));
    EXPECT_EQ(*challenge_of(challenge_message(challenge)), challenge);
}

}
}
