// Macros in what is typed to exim -be.

#include "master/sendmail/lines.h"
#include "master/sendmail/typed_macros.h"

#include <gtest/gtest.h>

namespace gp::sendmail {
namespace {

class Typed : public testing::Test {
protected:
    Typed()
        : loaded_(conf::load({.name = "conf", .text = "OURS = mx.example\nprimary_hostname = OURS\n"}, {.host_name = "mx.example"})),
          macros_(*loaded_.configuration)
    {
    }
    // What is left to expand; nothing when the line was a definition.
    std::string left(std::string line)
    {
        const bool is_text = macros_.replace_in(line);
        say_now();
        return is_text ? line : "(done)";
    }
    conf::Loaded loaded_;
    TypedMacros macros_;
};

TEST_F(Typed, NewOnesCanBeDefinedAndDefinedAnew)
{
    testing::internal::CaptureStdout();
    EXPECT_EQ(left("NEW = some text"), "(done)");
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "Defined macro 'NEW'\n");
    EXPECT_EQ(left("<NEW>"), "<some text>");
    testing::internal::CaptureStdout();
    EXPECT_EQ(left("NEW == other"), "(done)");
    testing::internal::GetCapturedStdout();
    EXPECT_EQ(left("${lc:NEW}"), "${lc:other}");
}

TEST_F(Typed, BadDefinitionsAreDoneWithToo)
{
    EXPECT_EQ(left("Not a macro"), "(done)");
    EXPECT_EQ(left("NOWHERE == x"), "(done)");
    EXPECT_EQ(left("lower case"), "lower case");
    EXPECT_EQ(left(""), "");
}

TEST_F(Typed, BuiltInOnesAreThere)
{
    EXPECT_EQ(left("<_EXIM_VERSION>"), "<4.96>");
}

}
}
