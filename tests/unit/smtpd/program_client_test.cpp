#include "smtpd/program_client.h"

#include <gtest/gtest.h>

namespace gp::smtpd {
namespace {

// -os.
TEST(ProgramClient, OnlyATrustedOneIsWaitedForLongerThanConfigured)
{
    EXPECT_EQ(patience_with(-1, false, 300), 300u);
    EXPECT_EQ(patience_with(-1, true, 0), 0u);
    EXPECT_EQ(patience_with(10, false, 300), 10u);
    EXPECT_EQ(patience_with(600, false, 300), 300u);
    EXPECT_EQ(patience_with(0, false, 300), 300u); // for ever
    EXPECT_EQ(patience_with(600, true, 300), 600u);
    EXPECT_EQ(patience_with(0, true, 300), 0u);
    EXPECT_EQ(patience_with(600, false, 0), 600u); // there is no bound
}

}
}
