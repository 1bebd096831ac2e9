#include <gtest/gtest.h>

#include "common/mail/bulk.h"

namespace gp::mail {
namespace {

bool says(std::string_view headers)
{
    return is_bulk(HeaderList::read(std::string(headers) + "\r\n", {}).headers);
}

TEST(Bulk, IsWhatCallsItselfThat)
{
    EXPECT_TRUE(says("Subject: news\r\nPrecedence: bulk\r\n"));
    EXPECT_TRUE(says("precedence:LIST \r\n"));
    EXPECT_TRUE(says("Precedence:\r\n junk\r\n"));
    EXPECT_TRUE(says("List-Id: <a.b>\r\n"));
    EXPECT_TRUE(says("list-unsubscribe: <mailto:x@y>\r\n"));
}

TEST(Bulk, IsNothingElse)
{
    for (const char* headers : {"", "Subject: Precedence: bulk\r\n", "Precedence: first-class\r\n", "Precedence:\r\n",
                                "List-Help: <mailto:x@y>\r\n", "X-Precedence: bulk\r\n", "Auto-Submitted: auto-replied\r\n"})
        EXPECT_FALSE(says(headers)) << headers;
}

}
}
