// A refused message as the reject log shows it.
#include "common/mail/rejected_words.h"

#include <gtest/gtest.h>

#include <array>

namespace gp::mail {
namespace {

TEST(RejectedWords, HeadersHaveTheLettersOfTheirKinds)
{
    EXPECT_EQ(headers_words("Received: x\r\nTo: a@b\r\nX-A: 1\r\n\t2\r\n"), "\nP Received: x\nT To: a@b\n  X-A: 1\n\t2");
}

TEST(RejectedWords, AReplacedHeaderHasAStarWhateverItsKind)
{
    constexpr std::array old = {1u};
    EXPECT_EQ(headers_words("To: a@b\r\nCc: c\r\nCc: c@d\r\n", old), "\nT To: a@b\n* Cc: c\nC Cc: c@d");
}

}
}
