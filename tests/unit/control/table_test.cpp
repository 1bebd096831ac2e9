#include "master/control/table.h"

#include <gtest/gtest.h>

namespace gp::control {
namespace {

Table two_rows()
{
    Table table{{{"NAME", "name"}, {"SIZE", "size"}, {"FROZEN", "frozen"}}};
    table.add({std::string("a"), std::int64_t{5}, true});
    table.add({std::string("longer"), std::int64_t{12345}, false});
    return table;
}

TEST(Table, AlignsTextLeftAndNumbersRight)
{
    EXPECT_EQ(two_rows().text(), "NAME     SIZE  FROZEN\n"
                                 "a           5  yes\n"
                                 "longer  12345  no\n");
}

TEST(Table, IsAnArrayOfObjectsAsJson)
{
    EXPECT_EQ(two_rows().json(),
              R"([{"name":"a","size":5,"frozen":true},{"name":"longer","size":12345,"frozen":false}])");
    EXPECT_EQ(Table{{}}.json(), "[]");
}

TEST(Json, QuotesWhatMustBeQuoted)
{
    EXPECT_EQ(json_quoted("a\"b\\c\n\x01\x7f"), R"("a\"b\\c\u000a\u0001\u007f")");
    EXPECT_EQ(json_quoted("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
    EXPECT_EQ(json_quoted("\xff"
                          "a\xc3"),
              "\"\xef\xbf\xbd"
              "a\xef\xbf\xbd\"");
}

}
}
