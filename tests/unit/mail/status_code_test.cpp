#include "common/mail/status_code.h"

#include <gtest/gtest.h>

namespace gp::mail {
namespace {

TEST(StatusCode, TellsTheClassOfAReply)
{
    EXPECT_EQ(class_of(250), CodeClass::success);
    EXPECT_EQ(class_of(354), CodeClass::intermediate);
    EXPECT_EQ(class_of(451), CodeClass::temporary);
    EXPECT_EQ(class_of(550), CodeClass::permanent);
    EXPECT_EQ(class_of(199), CodeClass::malformed);
}

TEST(StatusCode, ReadsEnhancedCodes)
{
    const auto code = EnhancedCode::parse("5.7.1");
    ASSERT_TRUE(code);
    EXPECT_EQ(*code, (EnhancedCode{5, 7, 1}));
    EXPECT_EQ(code->text(), "5.7.1");
    for (std::string_view text : {"", "5", "5.7", "3.1.1", "5.7.1.1", "5.1000.1", "5.-1.1", "a.b.c"})
        EXPECT_FALSE(EnhancedCode::parse(text)) << text;
    EXPECT_EQ(enhanced_at_start("4.2.2 over quota"), "4.2.2");
    EXPECT_EQ(enhanced_at_start("192.0.2.1 is bad"), "");
    EXPECT_EQ(usual_enhanced(452), "4.0.0");
}

}
}
