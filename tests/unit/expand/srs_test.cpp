// SRS addresses as Exim makes and reads them.
#include "common/expand/srs.h"

#include <gtest/gtest.h>

namespace gp::expand {
namespace {

constexpr std::int64_t now = 1'700'000'000;

TEST(Srs, ALocalPartThatNeedsQuotesComesBackWithThem)
{
    const auto made = srs_encode("secret", "\"fred[\"@test.ex", "here.ex", now);
    ASSERT_TRUE(made);
    ASSERT_TRUE(made->starts_with("\"SRS0=") && made->ends_with("=test.ex=fred[\"@here.ex")) << *made;
    const auto quoted = made->substr(0, made->find('@'));
    const auto unquoted = quoted.substr(1, quoted.size() - 2); // as $local_part has it
    for (const auto& local_part : {quoted, unquoted}) {
        const auto back = srs_decode(local_part, "secret", now);
        ASSERT_TRUE(back && *back) << local_part;
        EXPECT_EQ(**back, "\"fred[\"@test.ex");
    }
}

TEST(Srs, OthersHaveNone)
{
    const auto made = srs_encode("secret", "fred@test.ex", "here.ex", now);
    ASSERT_TRUE(made);
    const auto back = srs_decode(made->substr(0, made->find('@')), "secret", now);
    ASSERT_TRUE(back && *back);
    EXPECT_EQ(**back, "fred@test.ex");
}

}
}
