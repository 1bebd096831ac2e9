#include "common/config/source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace gp::config {
namespace {

class SourceFiles : public testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/gatepost-source-XXXXXX";
        ASSERT_NE(::mkdtemp(name), nullptr);
        folder = name;
        path = (folder / "conf").string();
        std::ofstream(path) << "queue_only\n";
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
    std::filesystem::path folder;
    std::string path;
};

TEST_F(SourceFiles, AreReadWhole)
{
    EXPECT_EQ(*read_file(path, 100), "queue_only\n");
    EXPECT_EQ(*read_file("/dev/null", 100), "");
}

TEST_F(SourceFiles, HaveABound)
{
    const auto got = read_file(path, 5);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().cause, Cause::too_big);
}

TEST_F(SourceFiles, MustBeFiles)
{
    EXPECT_FALSE(read_file(folder.string(), 100));
    ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
    EXPECT_FALSE(read_file((folder / "fifo").string(), 100)); // and does not wait for a writer
    const auto missing = read_file((folder / "none").string(), 100);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().cause, Cause::not_found);
}

TEST_F(SourceFiles, AreTrustedOnlyWhenOthersCannotWriteThem)
{
    const auto trusted = trusted_files(::getuid());
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    EXPECT_TRUE(trusted(path, 100));
    ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
    EXPECT_FALSE(trusted(path, 100));
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    if (::getuid() != 0) {
        EXPECT_FALSE(trusted_files(::getuid() + 1)(path, 100));
    }
}

}
}
