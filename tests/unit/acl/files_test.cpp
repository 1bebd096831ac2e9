#include "common/acl/acl_files.h"

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace gp::acl {
namespace {

struct Reader {
    AclFiles files;
    std::vector<std::string> parsed;

    Result<std::shared_ptr<const Acl>> at(const std::string& name)
    {
        return files.at(name, [this](const std::string& file, std::string_view text) -> Result<Acl> {
            parsed.emplace_back(text);
            return Acl{.name = file, .statements = {}, .origin = {}};
        });
    }
};

TEST(AclFiles, AFileIsReadAgainOnlyWhenItHasChanged)
{
    const test::TempDir directory;
    const auto path = directory.file("rcpt", "accept\n");
    Reader reader;
    const auto first = reader.at(path);
    ASSERT_TRUE(first) << first.error().text;
    const auto second = reader.at(path);
    ASSERT_TRUE(second);
    EXPECT_EQ(first->get(), second->get());
    directory.file("rcpt", "deny message = no\n");
    ASSERT_TRUE(reader.at(path));
    EXPECT_EQ(reader.parsed, (std::vector<std::string>{"accept\n", "deny message = no\n"}));
    EXPECT_EQ((*first)->name, path); // whoever runs it still has it
}

TEST(AclFiles, OneThatIsMissingOrTooLargeIsNamed)
{
    const test::TempDir directory;
    Reader reader;
    const auto missing = reader.at(directory / "none");
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().text.find("failed to open ACL file"), std::string::npos) << missing.error().text;
    const auto large = reader.at(directory.file("large", std::string(AclFiles::most_octets + 1, '#')));
    ASSERT_FALSE(large);
    EXPECT_NE(large.error().text.find("is too large"), std::string::npos) << large.error().text;
    EXPECT_TRUE(reader.parsed.empty());
}

TEST(AclFiles, LinesAreJoinedAndCommentsLeftOut)
{
    EXPECT_EQ(logical_lines("accept hosts = a : \\\n   b\n# no\n  deny\n"), (std::vector<std::string>{"accept hosts = a : b", "deny", ""}));
}

}
}
