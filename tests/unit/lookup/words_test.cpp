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

}
}
