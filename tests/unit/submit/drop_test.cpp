// The drop directory: what is taken from it, what is moved aside, and what waits.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "cleanup/submit/drop.h"
#include "common/spool/fields.h"
#include "scene.h"
#include "tests/support/temp_dir.h"

namespace gp::submit {
namespace {

class DropTest {
public:
    explicit DropTest(House& house)
        : house_(house), drop_(OwnedFd{::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY)}, house.parameters,
                               {house.to_router, house.to_cleanup}, house.clock, house.ids)
    {
    }
    std::string put(const std::string& name, const Letter& letter, const std::string& octets)
    {
        std::string head;
        spool::write_fields(head, letter);
        std::string length;
        for (int shift = 0; shift < 32; shift += 8)
            length += static_cast<char>(head.size() >> shift & 0xff);
        return scratch.file(name, std::string(drop_magic) + length + head + octets);
    }
    void scan() { drop_.scan(); }
    bool has(const std::string& name) const { return ::access((scratch / name).c_str(), F_OK) == 0; }
    bool has_aside(const std::string& name) const
    {
        return std::ranges::any_of(std::filesystem::directory_iterator(scratch.path()), [&](const auto& found) {
            return found.path().filename().string().starts_with("bad-" + name + "-");
        });
    }

    test::TempDir scratch;

private:
    House& house_;
    Drop drop_;
};

TEST(Drop, TakesInWhatWasLeftAndRemovesIt)
{
    play([](House& house) {
        DropTest drop{house};
        drop.put("one", to({"b@x.example"}), "Subject: s\n\nbody\n");
        drop.put(".hidden", to({"b@x.example"}), "x");
        drop.scan();
        ASSERT_EQ(house.cleanup.messages.size(), 1u);
        EXPECT_EQ(house.cleanup.messages[0].octets, "Subject: s\r\n\r\nbody\r\n");
        EXPECT_EQ(house.router.callers.at(0).uid, ::geteuid()); // the file's owner
        EXPECT_FALSE(drop.has("one"));
        EXPECT_TRUE(drop.has(".hidden")); // not finished by its writer
    });
}

TEST(Drop, WhatNobodyShouldHaveLeftIsMovedAside)
{
    play([](House& house) {
        DropTest drop{house};
        const auto good = drop.put("good", to({"b@x.example"}), "\n");
        ASSERT_EQ(::link(good.c_str(), (drop.scratch / "other").c_str()), 0); // two names
        ASSERT_EQ(::symlink("/etc/passwd", (drop.scratch / "link").c_str()), 0);
        ASSERT_EQ(::mkfifo((drop.scratch / "fifo").c_str(), 0600), 0);
        drop.scratch.file("nonsense", "not a dropped message at all");
        drop.scratch.file("short", std::string(drop_magic) + "\xff\xff\xff\x7f");
        drop.scan();
        EXPECT_TRUE(house.cleanup.messages.empty());
        for (const std::string name : {"good", "other", "link", "fifo", "nonsense", "short"})
            EXPECT_TRUE(drop.has_aside(name)) << name;
        drop.scan(); // and not looked at again
        EXPECT_TRUE(house.cleanup.messages.empty());
    });
}

// Folders with names as long as can be, and one in the way of each: none is looked at again.
TEST(Drop, FoldersAreMovedAsideToo)
{
    play([](House& house) {
        DropTest drop{house};
        const std::string longest(255, 'x');
        ASSERT_EQ(::mkdir((drop.scratch / longest).c_str(), 0700), 0);
        ASSERT_EQ(::mkdir((drop.scratch / "bad-file").c_str(), 0700), 0);
        drop.scratch.file("file", "not a dropped message at all");
        drop.scan();
        EXPECT_FALSE(drop.has(longest));
        EXPECT_FALSE(drop.has("file"));
    });
}

TEST(Drop, WhatCannotBeTakenNowStays)
{
    play([](House& house) {
        DropTest drop{house};
        drop.put("one", to({"b@x.example"}), "\n");
        house.cleanup.says = {.taken = cleanup::Taken::refused, .code = 452, .text = "later", .is_trouble = true};
        drop.scan();
        const auto first = house.cleanup.messages.back().submit.envelope.id;
        EXPECT_TRUE(drop.has(".taken/" + first + "+"));
        EXPECT_FALSE(drop.has("one"));
        house.cleanup.says = {.taken = cleanup::Taken::refused, .code = 550, .text = "no"};
        drop.scan();
        const auto second = house.cleanup.messages.back().submit.envelope.id;
        EXPECT_NE(first, second);
        EXPECT_FALSE(drop.has(".taken/" + first + "+"));
        EXPECT_TRUE(drop.has_aside(second + "+"));
        EXPECT_TRUE(house.said("drop/" + second + ": no"));
    });
}

// A milter that is not there makes mail wait (451 4.7.1); what policy defers is refused (manual 44.2).
TEST(Drop, MailWaitsForTroubleAndNotForPolicy)
{
    for (const bool is_trouble : {true, false})
        play([is_trouble](House& house) {
            DropTest drop{house};
            drop.put("one", to({"b@x.example"}), "\n");
            house.cleanup.says = {.taken = cleanup::Taken::refused, .code = 451, .enhanced = "4.7.1", .text = "later", .is_trouble = is_trouble};
            drop.scan();
            const auto id = house.cleanup.messages.back().submit.envelope.id;
            EXPECT_EQ(drop.has(".taken/" + id + "+"), is_trouble);
            EXPECT_EQ(drop.has_aside(id + "+"), !is_trouble);
        });
}

// mua_wrapper: what was left before it was set is carried at once like all mail; what fails is kept, and nothing is queued.
TEST(Drop, WhatCannotBeDeliveredAtOnceIsSetAsideWithMuaWrapper)
{
    for (const auto taken : {cleanup::Taken::committed, cleanup::Taken::refused})
        play([taken](House& house) {
            house.parameters.mua_wrapper = true;
            DropTest drop{house};
            drop.put("one", to({"b@x.example"}), "\n");
            house.cleanup.says = {.taken = taken, .code = 554, .text = "go away"};
            drop.scan();
            EXPECT_TRUE(house.submitted().deliver_now);
            const auto id = house.submitted().envelope.id;
            EXPECT_FALSE(drop.has("one") || drop.has(".taken/" + id + "+"));
            EXPECT_EQ(drop.has_aside(id + "+"), taken == cleanup::Taken::refused);
            EXPECT_EQ(house.said("was left before mua_wrapper was set, and cannot be delivered at once: go away"), taken == cleanup::Taken::refused);
        });
}

TEST(Drop, WithMuaWrapperTheLogTellsOfAMessageWhoseFateIsUnknown)
{
    play([](House& house) {
        house.parameters.mua_wrapper = true;
        DropTest drop{house};
        ASSERT_EQ(::mkdir((drop.scratch / ".taken").c_str(), 0700), 0);
        drop.put(".taken/1xV066-nXoq24-0c+", to({"b@x.example"}), "\n");
        drop.scan();
        EXPECT_EQ(house.cleanup.messages.size(), 1u);
        EXPECT_TRUE(house.said("1xV066-nXoq24-0c may be delivered twice: submit was lost while it was under way"));
    });
}

TEST(Drop, IsClosedWhereNothingMayWait)
{
    const test::TempDir scratch;
    const OwnedFd directory{::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY)};
    const auto mode = [&] {
        struct stat about {};
        EXPECT_EQ(::fstat(directory.get(), &about), 0);
        return about.st_mode & 07777;
    };
    EXPECT_TRUE(open_to_all(directory.get(), true));
    EXPECT_EQ(mode(), 03733u);
    EXPECT_TRUE(open_to_all(directory.get(), false));
    EXPECT_EQ(mode(), 0700u);
}

// What was committed when submit was killed is not taken in again, however much there is of it.
TEST(Drop, WhatArrivedBeforeACrashIsRemoved)
{
    play([](House& house) {
        DropTest drop{house};
        ASSERT_EQ(::mkdir((drop.scratch / ".taken").c_str(), 0700), 0);
        for (const std::string name : {"1xV066-nXoq20-0c", "1xV066-nXoq21-0c", "1xV066-nXoq22-0c", "1xV066-nXoq23-0c", "1xV066-nXoq25-0c"}) {
            house.cleanup.settled.insert(name);
            drop.put(".taken/" + name + "+", to({"b@x.example"}), "\n");
        }
        drop.put(".taken/1xV066-nXoq24-0c+", to({"b@x.example"}), "\n");
        drop.scan();
        EXPECT_EQ(house.cleanup.messages.size(), 1u);
        EXPECT_TRUE(std::filesystem::is_empty(drop.scratch.path() + "/.taken"));
    });
}

// Anybody can give a file the name of an id: about such a name cleanup is not asked, for its answer would be a refusal of
// the message that has the id.
TEST(Drop, ANameThatLooksLikeAMarkIsAsAnyOther)
{
    play([](House& house) {
        DropTest drop{house};
        house.cleanup.settled = {"1xV066-nXoq23-0c"};
        drop.put("1xV066-nXoq23-0c+", to({"b@x.example"}), "\n");
        drop.scan();
        EXPECT_EQ(house.cleanup.messages.size(), 1u);
        EXPECT_FALSE(drop.has("1xV066-nXoq23-0c+"));
    });
}

// Nor is a directory that somebody else has made, or where others may write, taken for ours.
TEST(Drop, HasADirectoryOfItsOwnForWhatIsUnderWay)
{
    play([](House& house) {
        DropTest drop{house};
        ASSERT_EQ(::mkdir((drop.scratch / ".taken").c_str(), 0700), 0);
        ASSERT_EQ(::chmod((drop.scratch / ".taken").c_str(), 0777), 0);
        house.cleanup.settled = {"1xV066-nXoq23-0c"};
        drop.put(".taken/1xV066-nXoq23-0c+", to({"b@x.example"}), "\n");
        drop.put("one", to({"b@x.example"}), "\n");
        drop.scan();
        EXPECT_EQ(house.cleanup.messages.size(), 1u);
        EXPECT_TRUE(drop.has_aside(".taken"));
        struct stat about {};
        ASSERT_EQ(::stat((drop.scratch / ".taken").c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777, 0700u);
    });
}

// Anybody may leave a file: one of no end, or one that never can be taken, must not stop the others.
TEST(Drop, OneFileDoesNotHoldUpTheOthers)
{
    play([](House& house) {
        DropTest drop{house};
        house.parameters.message_size_limit = 1000;
        const auto endless = drop.put("a-endless", to({"b@x.example"}), "\n");
        ASSERT_EQ(::truncate(endless.c_str(), std::int64_t{1} << 42), 0);
        house.parameters.message_size_limit = 1000;
        drop.put("b-good", to({"b@x.example"}), "\n");
        drop.scan();
        ASSERT_EQ(house.cleanup.messages.size(), 2u);
        EXPECT_LE(house.cleanup.messages[0].octets.size(), 1000u); // for its headers in the reject log
        EXPECT_EQ(house.cleanup.messages[1].octets, "\r\n");
        EXPECT_FALSE(drop.has("a-endless"));
        EXPECT_FALSE(drop.has("b-good"));
    });
}

TEST(Drop, IsReadWithTheGroupsThatThePasswordFileGivesItsOwner)
{
    play([](House& house) {
        DropTest drop{house};
        drop.put("one", to({"b@x.example"}), "\n");
        drop.scan();
        EXPECT_EQ(house.router.callers.at(0).gid, router::Caller::own_groups);
    });
}

}
}
