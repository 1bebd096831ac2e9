#include "common/mail/header_changes.h"

#include <gtest/gtest.h>

#include <vector>

namespace gp::mail {
namespace {

// Each "@o" of the value becomes "@test.ex".
std::string changed(std::string_view front, std::string_view value)
{
    std::vector<AddressChange> changes;
    for (auto at = value.find("@o"); at != std::string_view::npos; at = value.find("@o", at + 1))
        changes.push_back({at, at + 2, "@test.ex"});
    return with_changes(front, value, changes);
}

std::string as(std::size_t count)
{
    return std::string(count, 'a');
}

// As Exim's rewritten headers are.
TEST(HeaderChanges, FoldBehindTheCommaWhenALineHasMoreThanFortyCharacters)
{
    EXPECT_EQ(changed("Cc:", " " + as(26) + "@o, x@y\n"), "Cc: " + as(26) + "@test.ex, x@y\n");
    EXPECT_EQ(changed("Cc:", " " + as(27) + "@o, x@y\n"), "Cc: " + as(27) + "@test.ex, \n\tx@y\n");
    EXPECT_EQ(changed("Cc:", " " + as(27) + "@o,x@y\n"), "Cc: " + as(27) + "@test.ex,x@y\n");
    EXPECT_EQ(changed("Cc:", " " + as(28) + "@o,x@y\r\n"), "Cc: " + as(28) + "@test.ex,\r\n\tx@y\r\n");
    EXPECT_EQ(changed("Cc:", " g:" + as(40) + "@o; , b@o, c@o\n"), "Cc: g:" + as(40) + "@test.ex; , \n\tb@test.ex, c@test.ex\n");
    EXPECT_EQ(changed("Cc:", " " + as(22) + "@o (c,c) , x@y\n"), "Cc: " + as(22) + "@test.ex (c,c) , \n\tx@y\n");
    EXPECT_EQ(changed("Cc:", " bb0@o, bb1@o, bb2@o, bb3@o, bb4@o, bb5@o, bb6@o\n"),
              "Cc: bb0@test.ex, bb1@test.ex, bb2@test.ex, \n\tbb3@test.ex, bb4@test.ex, bb5@test.ex, \n\tbb6@test.ex\n");
}

TEST(HeaderChanges, DoNotFoldWhereALineEndsOrNothingIsChanged)
{
    EXPECT_EQ(changed("Cc:", " " + as(40) + "@o, \r\n x@y\r\n"), "Cc: " + as(40) + "@test.ex, \r\n x@y\r\n");
    EXPECT_EQ(changed("Cc:", " " + as(40) + "@o,\n"), "Cc: " + as(40) + "@test.ex,\n");
    EXPECT_EQ(changed("Cc:", " " + as(40) + "@p, x@y, z@p\n"), "Cc: " + as(40) + "@p, x@y, z@p\n");
    EXPECT_EQ(changed("Cc:", " " + as(40) + "@p,\n  b@p,\n c@o, d@o\n"), "Cc: " + as(40) + "@p,\n  b@p,\n c@test.ex, \n\td@test.ex\n");
}

}
}
