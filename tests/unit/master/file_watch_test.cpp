#include "master/file_watch.h"

#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/support/temp_dir.h"

namespace gp::master {
namespace {

using namespace std::string_literals;

TEST(FileWatch, TellsOfAChangeOnceAndWhenItHasSettled)
{
    const test::TempDir directory;
    const auto path = directory / "cert.pem";
    test::write_file(path, "one");
    FileWatch watch{"60\0"s + path + "\0/nowhere/at/all\0"s};
    auto when = watch.next();
    const auto looks = [&] { return watch.has_changed(std::exchange(when, when + std::chrono::seconds{60})); };
    EXPECT_FALSE(watch.has_changed(when - std::chrono::seconds{1})) << "too early to look";
    EXPECT_FALSE(looks());
    test::write_file(path, "another");
    EXPECT_FALSE(looks()) << "more may be about to be written";
    EXPECT_TRUE(looks());
    EXPECT_FALSE(looks());
}

// A reload asks for the next one as long as a file may be newer than what it read, and no longer.
TEST(FileWatch, ADateInTheFutureIsNoChange)
{
    const test::TempDir directory;
    const auto path = directory / "cert.pem";
    test::write_file(path, "one");
    const auto now = std::time(nullptr);
    FileWatch newer{"60\0"s + path + "\0"s, now - 10};
    EXPECT_TRUE(newer.has_changed(newer.next()));
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() + std::chrono::hours{48});
    FileWatch ahead{"60\0"s + path + "\0"s, now - 10};
    EXPECT_FALSE(ahead.has_changed(ahead.next()));
}

TEST(FileWatch, LooksAtNothingWhereNothingIsNamed)
{
    EXPECT_EQ(FileWatch{"0\0/etc/passwd\0"s}.next(), FileWatch::Time::max());
    EXPECT_EQ(FileWatch{"60\0"s}.next(), FileWatch::Time::max());
    EXPECT_EQ(FileWatch{}.next(), FileWatch::Time::max());
}

}
}
