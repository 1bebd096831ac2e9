#include "qmgr/routing.h"

#include <gtest/gtest.h>

#include "tests/unit/qmgr/suite.h"

namespace gp::qmgr {
namespace {

using test::play;
using test::Suite;

TEST(Routing, AsksAgainWithTheHeadersWhereRouterWantsThem)
{
    play([](Suite& suite) {
        suite.router.wants_headers = true;
        suite.send("s@x.example", {"a@there.example"});
        suite.settle();
        EXPECT_TRUE(suite.spool_is_empty());
        ASSERT_EQ(suite.router.questions.size(), 2u);
        EXPECT_EQ(suite.router.questions[0].headers, "");
        EXPECT_EQ(suite.router.questions[1].headers, "Subject: test\r\n");
    });
}

TEST(Routing, TellsRouterOfAMessageThatHasNoHeaders)
{
    play([](Suite& suite) {
        suite.router.wants_headers = true;
        suite.spool.headers = "";
        suite.send("s@x.example", {"a@there.example"});
        suite.settle();
        EXPECT_TRUE(suite.spool_is_empty());
        ASSERT_EQ(suite.router.questions.size(), 2u);
        EXPECT_EQ(suite.router.questions[1].headers, "\n") << "an empty line stands for them";
    });
}

}
}
