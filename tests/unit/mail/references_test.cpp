// References: of a mail about another one.

#include <gtest/gtest.h>

#include "common/mail/references.h"

namespace gp::mail {
namespace {

TEST(References, EndWithTheIdThatTheyAreAbout)
{
    std::string before;
    for (int i = 0; i < 20; ++i)
        before += " <" + std::to_string(i) + std::string(90, 'x') + "@example>";
    const auto parsed = HeaderList::parse("References:" + before + "\r\n\r\n");
    ASSERT_TRUE(parsed);
    const auto made = references_to(parsed->headers, "<own@example>");
    EXPECT_TRUE(made.starts_with("<0x")) << made;
    EXPECT_TRUE(made.ends_with("x@example> <own@example>")) << made;
    EXPECT_LE(made.size(), 900u);
}

}
}
