// The condition pam as router has it: what is asked, and what an answer means. PAM itself is tests/integration/pam.py's.
#include "router/password_checks.h"

#include <gtest/gtest.h>

#include "common/base/text.h"

namespace gp::router {
namespace {

struct Office final : PamOffice {
    Result<launcher::PasswordReply> ask(const launcher::PasswordQuestion& question) override
    {
        asked.push_back(join(question.strings, "|"));
        return reply;
    }
    launcher::PasswordReply reply{.is_good = true, .trouble = {}};
    std::vector<std::string> asked;
};

struct NoSockets final : expand::Sockets {
    Result<std::string> ask(const expand::SocketRequest&) override { return permanent("none"); }
};

struct Bench {
    Registry<lookup::Driver> drivers;
    lookup::Lookups lookups{drivers, lookup::Environment{}};
    NoSockets sockets;
    Office office;
    PasswordChecks checks{lookups, sockets, "/nowhere"};
};

TEST(PasswordChecks, PamIsAskedForTheStringsInTheirOrder)
{
    Bench bench;
    bench.checks.ask_pam_with(bench.office);
    EXPECT_TRUE(*bench.checks.check("pam", {"joe", "se:cret", "123456"}));
    bench.office.reply.is_good = false;
    EXPECT_FALSE(*bench.checks.check("pam", {"joe", ""}));
    EXPECT_EQ(bench.office.asked, (std::vector<std::string>{"joe|se:cret|123456", "joe|"}));
    bench.office.reply.trouble = "PAM cannot authenticate now: x";
    const auto unknown = bench.checks.check("pam", {"joe", "x"});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().blame, Blame::temporary);
    EXPECT_EQ(unknown.error().text, "PAM cannot authenticate now: x");
}

TEST(PasswordChecks, PamIsNotAskedForWhatNoLoginHas)
{
    Bench bench;
    bench.checks.ask_pam_with(bench.office);
    EXPECT_FALSE(*bench.checks.check("pam", {}));
    EXPECT_FALSE(*bench.checks.check("pam", {"", "x"}));
    EXPECT_FALSE(*bench.checks.check("pam", {"joe", std::string("x\0y", 3)}));
    EXPECT_FALSE(bench.checks.check("pam", std::vector<std::string>(33, "x")));
    const auto too_long = bench.checks.check("pam", {"joe", std::string(32 * 1024, 'x')});
    ASSERT_FALSE(too_long);
    EXPECT_EQ(too_long.error().blame, Blame::temporary);
    EXPECT_TRUE(bench.office.asked.empty());
    EXPECT_TRUE(*bench.checks.check("pam", {"joe", std::string(1025, 'x')})); // a token; PAM itself says what is too long
    Bench other;
    EXPECT_FALSE(other.checks.check("pam", {"joe", "x"})); // nobody is there to ask
}

TEST(PasswordChecks, TheProgramsStatusIsItsAnswer)
{
    EXPECT_TRUE(launcher::pam_reply(true, 0, "").is_good);
    EXPECT_TRUE(launcher::pam_reply(true, 1, "").trouble.empty());
    EXPECT_FALSE(launcher::pam_reply(true, 1, "").is_good);
    EXPECT_EQ(launcher::pam_reply(true, 2, "why not\n").trouble, "why not");
    for (const auto& lost : {launcher::pam_reply(true, 2, ""), launcher::pam_reply(true, 127, "x"), launcher::pam_reply(false, 0, "x")}) {
        EXPECT_FALSE(lost.is_good);
        EXPECT_EQ(lost.trouble, "the program pam came to no answer");
    }
    EXPECT_EQ(launcher::pam_input({"joe", "", "x"}), std::string("joe\0\0x\0", 7));
}

}
}
