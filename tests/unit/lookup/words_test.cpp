// Each look-up type that is linked: a good case and a malformed one, the quoting operators of those whose
// servers or modules are not there among them.

#include <gtest/gtest.h>

#include "tests/unit/lookup/desk.h"

namespace gp::lookup {
namespace {

struct Quoting {
    std::string_view type, words, quoted;
};
// Manual 9.22 and 9.16.
constexpr Quoting quotings[] = {
    {"mysql", "it's", "it\\'s"}, {"pgsql", "it's", "it''s"},    {"oracle", "it's", "it\\'s"},
    {"redis", "a b", "a\\ b"},   {"nisplus", "a\"b", "a\"\"b"}, {"ldap", "a*", "a%5C2A"},
    {"ldapdn", "a*", "a%5C2A"},  {"ldapm", "a*", "a%5C2A"},
};

TEST(ServerTypes, QuoteWithoutAServer)
{
    Desk desk;
    for (const auto& row : quotings) {
        const auto quoted = desk.lookups.quote(row.type, row.words);
        ASSERT_TRUE(quoted) << row.type;
        EXPECT_EQ(*quoted, row.quoted) << row.type;
        Desk::note(row.type, Desk::Seen::found); // real servers answer in tests/integration/servers.py
        EXPECT_FALSE(desk.lookups.quote(std::string(row.type) + "_nosuch", "a")) << row.type;
    }
}

TEST(ServerTypes, PutOffWhatCannotBeAsked)
{
    Desk desk;
    for (const auto& row : quotings) {
        const auto answer = desk.query(row.type, "no query");
        EXPECT_TRUE(answer.starts_with("error: ")) << row.type << ": " << answer;
    }
}

// Types with files: each refuses a file that is not there, and a name that is not absolute.
TEST(FileTypes, PutOffAFileThatIsNotThere)
{
    Desk desk;
    std::size_t count = 0;
    const auto linked = Registry<Driver>::linked();
    for (const auto& driver : linked.all()) {
        if (driver.style == Style::query)
            continue;
        ++count;
        for (const auto* path : {"/nonexistent/file", "relative"}) {
            const auto answer = desk.find(driver.name, path, driver.name == "iplsearch" ? "10.0.0.1" : "key");
            EXPECT_TRUE(answer.starts_with("error: ")) << driver.name << ' ' << path << ": " << answer;
        }
    }
    EXPECT_GE(count, 11u);
}

TEST(Spf, SaysWhatTheDomainSaysOfAClient)
{
    Desk desk("good.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n");
    Desk::on_fiber([&] {
        EXPECT_EQ(desk.find("spf", "192.0.2.1", "a@good.example"), "pass");
        EXPECT_EQ(desk.find("spf", "192.0.2.2", "a@good.example"), "fail");
        EXPECT_EQ(desk.find("spf", "no address", "a@good.example").substr(0, 6), "error:");
    });
}

// When all tests have run: whatever type is linked has been asked for something that is there, and for something that
// cannot be told.
class EveryType final : public testing::Environment {
    void TearDown() override
    {
        if (testing::GTEST_FLAG(filter) != "*")
            return;
        const auto linked = Registry<Driver>::linked();
        for (const auto& driver : linked.all()) {
            const std::string name(driver.name);
            EXPECT_TRUE(Desk::seen().contains({name, Desk::Seen::found})) << name << " has no good case";
            // Whatever words may be asked of passwd: odd ones name no user.
            const auto odd = name == "passwd" ? Desk::Seen::nothing : Desk::Seen::error;
            EXPECT_TRUE(Desk::seen().contains({name, odd})) << name << " has no malformed case";
        }
    }
};
const auto* const every_type = testing::AddGlobalTestEnvironment(new EveryType);

}
}
