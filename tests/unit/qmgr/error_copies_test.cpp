#include "qmgr/error_copies.h"

#include <gtest/gtest.h>

#include "qmgr/regex.h"

namespace gp::qmgr {
namespace {

using Strings = std::vector<std::string>;

Strings copies(std::string_view list, std::string_view to)
{
    const auto found = error_copies(list, to, pcre_matcher());
    return found ? *found : Strings{found.error().text};
}

TEST(ErrorCopies, TheFirstPatternThatMatchesDecides)
{
    constexpr std::string_view list = "spqr@mydomain postmaster@mydomain : rqps@mydomain a@b.example, c@d.example : *@mydomain other@x";
    EXPECT_EQ(copies(list, "spqr@mydomain"), Strings{"postmaster@mydomain"});
    EXPECT_EQ(copies(list, "rqps@mydomain"), (Strings{"a@b.example", "c@d.example"}));
    EXPECT_EQ(copies(list, "anybody@mydomain"), Strings{"other@x"});
    EXPECT_EQ(copies(list, "anybody@elsewhere"), Strings{});
}

TEST(ErrorCopies, APatternWithoutAnAddressIsToldByName)
{
    EXPECT_EQ(copies("a@b", "x@y"), Strings{"errors_copy: \"a@b\" has a pattern and no address"});
}

}
}
