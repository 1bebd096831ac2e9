// The tools as an administrator runs them: the real program, real files.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "utilities/front_end.h"
#include "utilities/hints_file.h"
#include "utilities/queue_listing.h"

using namespace gp;
namespace fs = std::filesystem;

namespace {

struct Folder {
    Folder()
    {
        std::string name = (fs::temp_directory_path() / "gp_tools_XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path); }
    std::string write(const std::string& name, const std::string& text) const
    {
        std::ofstream{path / name} << text;
        return (path / name).string();
    }
    fs::path path;
};

std::string run(std::vector<std::string> words)
{
    auto text = utilities::output_of(EXITOOLS, words);
    return text ? *text : "error: " + text.error().text;
}

constexpr const char* log_text = "2023-11-14 22:13:28 1r2nXW-000000-0A <= a@b H=x [1.2.3.4] P=smtp S=5\n"
                                 "2023-11-14 22:13:28 1r2nXW-000000-0B <= <> R=1r2nXW-000000-0A U=x P=local S=5\n"
                                 "2023-11-14 22:13:28 1r2nXW-000000-0A => c@d R=x T=y\n"
                                 "2023-11-14 22:13:29 1r2nXW-000000-0A Completed\n"
                                 "2023-11-14 22:13:29 plain line of nobody\n"
                                 "2023-11-14 22:13:30 1r2nXW-000000-0B Completed\n";

constexpr const char* listing = " 4h  1.2K 1r31ey-000000-0a <alice@here.example>\n"
                                "          bob@dom1.example\n"
                                "        D carol@dom2.example\n\n"
                                "25m  2.9K 1r31ey-000001-0b <> *** frozen ***\n"
                                "          alice@here.example\n\n";

}

TEST(Exigrep, GivesAllLinesOfAMessageThatMatches)
{
    const Folder folder;
    const auto log = folder.write("mainlog", log_text);
    EXPECT_EQ(run({"exigrep", "c@d", log}), "2023-11-14 22:13:28 1r2nXW-000000-0A <= a@b H=x [1.2.3.4] P=smtp S=5\n"
                                            "2023-11-14 22:13:28 1r2nXW-000000-0A => c@d R=x T=y\n"
                                            "2023-11-14 22:13:29 1r2nXW-000000-0A Completed\n\n");
    EXPECT_EQ(run({"exigrep", "NOBODY", log}), "2023-11-14 22:13:29 plain line of nobody\n\n");
    EXPECT_EQ(run({"exigrep", "-I", "NOBODY", log}), "");
    EXPECT_EQ(run({"exigrep", "-l", "c.d", log}), "");
    EXPECT_EQ(run({"exigrep", "--no-pager", "--lit", "c@d", log}), run({"exigrep", "--pager", "c@d", log}));
}

TEST(Exigrep, TakesARefusedMessageForComplete)
{
    const Folder folder;
    const auto log = folder.write("mainlog", "2023-11-14 22:13:28 1r2nXW-000000-0A rejected by local_scan(): bad\n"
                                             "2023-11-14 22:13:28 1r2nXW-000000-0B no immediate delivery: bad\n");
    EXPECT_EQ(run({"exigrep", "bad", log}), "2023-11-14 22:13:28 1r2nXW-000000-0A rejected by local_scan(): bad\n\n"
                                            "+++ 1r2nXW-000000-0B has not completed +++\n"
                                            "2023-11-14 22:13:28 1r2nXW-000000-0B no immediate delivery: bad\n\n");
}

TEST(Exiqsumm, CutsVolumesOffAndReadsEntriesThatFollowWithoutAnEmptyLine)
{
    const Folder folder;
    const auto list = folder.write("list", " 4h  2.9K 1r31ey-000000-0a <a@here.example>\n          b@one.example\n"
                                           " 2h  1.2K 1r31ey-000001-0b <a@here.example> *** frozen ***\n"
                                           "          b@two.example\n          c@two.example\n");
    const auto done = utilities::answer_of("/bin/sh", {"-c", std::string(EXITOOLS) + " exiqsumm <" + list}, "");
    ASSERT_TRUE(done);
    EXPECT_NE(done->find("    1    2969      4h      4h  one.example\n"), std::string::npos) << *done;
    EXPECT_NE(done->find("    2    2457      2h      2h  two.example\n"), std::string::npos) << *done;
}

TEST(HintTools, RecordsOfEachDatabaseHaveTheirLineAndAge)
{
    using utilities::described;
    using utilities::last_written;
    EXPECT_EQ(described("ratelimit", "r/1h/per_rcpt/a@b", "1800000000.5 1700000000.25 2", true),
              "14-Nov-2023 22:13:20.250000 rate:      2.000 key: 1h/per_rcpt/a@b\n");
    EXPECT_EQ(described("seen", "a@b", "1.8e+09 1.7e+09 0", true), "a@b\t14-Nov-2023 22:13:20\n");
    EXPECT_EQ(described("callout", "a@b", "1800000000.5 yes 1700000000", true), "14-Nov-2023 22:13:20 a@b callout=accept\n");
    EXPECT_EQ(described("callout", "a@b", "1800000000.5 no 1700000000", true), "14-Nov-2023 22:13:20 a@b callout=reject\n");
    EXPECT_EQ(described("callout", "hello x", "1700000000 SIZE PIPELINING", true), "14-Nov-2023 22:13:20 key: hello x SIZE PIPELINING (kept until then)\n");
    EXPECT_EQ(described("ratelimit", "u/k/x", "1700000000", true), "14-Nov-2023 22:13:20 key: u/k/x (kept until then)\n");
    EXPECT_EQ(last_written("callout", "1800000000.5 yes 1700000000"), 1700000000) << "what was learnt today is not too old";
    EXPECT_EQ(last_written("callout", "1800000000.5 SIZE PIPELINING"), 1800000000);
    EXPECT_EQ(last_written("seen", "1.8e+09 1.7e+09 0"), 1700000000);
    for (const char* nonsense : {"", " ", "x", "nan inf 1e999", "1e400 2e400 3", "-5 -6 -7"})
        for (const char* database : {"ratelimit", "seen", "callout", "retry"}) {
            EXPECT_GE(last_written(database, nonsense), 0);
            EXPECT_FALSE(described(database, "k", nonsense, true).empty());
        }
}

TEST(HintTools, NamesThatAreNoDatabaseOfOursAreToldApart)
{
    const Folder folder;
    const auto spool = folder.path.string();
    fs::create_directory(folder.path / "db");
    folder.write("db/accounts", "x");
    const auto asked = [&](const std::string& tool, const std::string& name) {
        const auto done = utilities::answer_of("/bin/sh", {"-c", std::string(EXITOOLS) + " " + tool + " " + spool + " " + name + " 2>&1; echo $?"}, "");
        return done ? *done : done.error().text;
    };
    EXPECT_NE(asked("exim_tidydb", "accounts").find("left alone\n0\n"), std::string::npos) << "a daily job names every file";
    for (const char* tool : {"exim_tidydb", "exim_dumpdb", "exim_fixdb"}) {
        EXPECT_NE(asked(tool, "wait-smtp").find("no database \"wait-smtp\""), std::string::npos) << tool;
        EXPECT_NE(asked(tool, "nothing").find("usage"), std::string::npos) << tool;
        EXPECT_NE(asked(tool, "retry").find("No such file"), std::string::npos) << tool;
    }
    EXPECT_FALSE(fs::exists(folder.path / "db/retry")) << "nothing is made for others";
}

TEST(Exigrep, FollowsToTheBounceAndReadsPackedLogs)
{
    const Folder folder;
    const auto log = folder.write("mainlog", log_text);
    EXPECT_NE(run({"exigrep", "-M", "a@b", log}).find("1r2nXW-000000-0B Completed"), std::string::npos);
    ASSERT_EQ(std::system(("gzip " + log).c_str()), 0);
    EXPECT_NE(run({"exigrep", "c@d", log + ".gz"}).find("1r2nXW-000000-0A Completed"), std::string::npos);
    EXPECT_NE(run({"exigrep", "(", log + ".gz"}).find("error"), std::string::npos);
}

TEST(Exiqgrep, SelectsFromTheListing)
{
    const Folder folder;
    const auto list = folder.write("list", listing);
    const auto front = folder.write("exim", "#!/bin/sh\ncat " + list + "\n");
    fs::permissions(front, fs::perms::owner_all);
    const auto ask = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"exiqgrep", "-E", front});
        return run(words);
    };
    EXPECT_EQ(ask({"-f", "^<>$", "-i"}), "1r31ey-000001-0b\n");
    EXPECT_EQ(ask({"-z", "-b"}), "1r31ey-000001-0b From: <> To: alice@here.example\n");
    EXPECT_EQ(ask({"-xi"}), "1r31ey-000000-0a\n");
    EXPECT_EQ(ask({"-r", "dom1", "-c"}), "1 matches out of 2 messages\n");
    EXPECT_EQ(ask({"-z"}), "25m  2.9K 1r31ey-000001-0b <> *** frozen ***\n\t  alice@here.example\n\n");
    EXPECT_EQ(ask({"-o", "60", "-Ri"}), "1r31ey-000001-0b\n1r31ey-000000-0a\n");
}

TEST(QueueListing, RefusesWhatIsNoEntry)
{
    EXPECT_TRUE(utilities::parse_queue_listing("\n\n"));
    for (const char* text : {"x", "25m  2.9K notanid <a@b>", "25m  2.9K 1r31ey-000001-0b a@b"})
        EXPECT_FALSE(utilities::parse_queue_listing(text)) << text;
    EXPECT_EQ(utilities::arrival_of("1r2nXW-000000-0A"), 1699945730);
    EXPECT_EQ(utilities::seconds_of_age("3d"), 259200);
}

TEST(QueueListing, NoSenderFreezesByItsName)
{
    const auto entries = utilities::parse_queue_listing("25m  2.9K 1r31ey-000001-0b <\"x> *** frozen ***\"@b.example>\n          a@b\n\n"
                                                        "25m  2.9K 1r31ey-000001-0c <\"x> y\"@b.example> *** frozen ***\n          a@b\n");
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ((*entries)[0].sender, "<\"x> *** frozen ***\"@b.example>");
    EXPECT_FALSE((*entries)[0].is_frozen);
    EXPECT_EQ((*entries)[1].sender, "<\"x> y\"@b.example>");
    EXPECT_TRUE((*entries)[1].is_frozen);
}

TEST(EximDbmbuild, WritesWhatADbmLookupFinds)
{
    const Folder folder;
    const auto source = folder.write("aliases", "# a comment\nOne: first\none: second\n\"two words\": x\n  y\n");
    const auto output = (folder.path / "aliases.db").string();
    EXPECT_EQ(run({"exim_dbmbuild", "-noduperr", "-nowarn", source, output}), "2 entries written\n1 duplicate key \n");
    EXPECT_TRUE(fs::exists(output));
    EXPECT_FALSE(fs::exists(output + ".dbmbuild_temp"));
    EXPECT_NE(run({"exim_dbmbuild", source, source}).find("error"), std::string::npos);
    EXPECT_NE(run({"exim_dbmbuild", source, "/nowhere/x.db"}).find("error"), std::string::npos);
    EXPECT_NE(run({"exim_dbmbuild", source, output}).find("error"), std::string::npos) << "a duplicate is an error";
}

TEST(Exicyclog, ShufflesTheLogsDownAndPacksTheOlderOnes)
{
    const Folder folder;
    const auto form = (folder.path / "%slog").string();
    for (int day = 1; day <= 4; ++day) {
        folder.write("mainlog", "day " + std::to_string(day) + "\n");
        fs::permissions(folder.path / "mainlog", fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
        if (day == 1)
            folder.write("paniclog", "day 1\n");
        EXPECT_EQ(run({"exicyclog", "-k", "3", "-l", form}), "");
    }
    EXPECT_TRUE(fs::exists(folder.path / "paniclog.03.gz")) << "the panic log too, empty or not";
    EXPECT_FALSE(fs::exists(folder.path / "rejectlog")) << "there was none";
    EXPECT_EQ(fs::file_size(folder.path / "mainlog"), 0U) << "there is always one for those who read it";
    EXPECT_EQ(fs::status(folder.path / "mainlog").permissions(),
              fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
    fs::remove(folder.path / "mainlog");
    EXPECT_TRUE(fs::exists(folder.path / "mainlog.01"));
    EXPECT_TRUE(fs::exists(folder.path / "mainlog.02.gz"));
    EXPECT_TRUE(fs::exists(folder.path / "mainlog.03.gz"));
    EXPECT_FALSE(fs::exists(folder.path / "mainlog.04.gz"));
    EXPECT_EQ(run({"exicyclog", "-k", "3", "-l", form}), "") << "without a main log nothing is done";
    EXPECT_TRUE(fs::exists(folder.path / "mainlog.01"));
    EXPECT_NE(run({"exicyclog", "-l", "/nowhere/log"}).find("error"), std::string::npos);
}

namespace {

constexpr uid_t somebody = 12345;

// All in the folder, and itself, as a service has it; links as such.
void give(const fs::path& folder)
{
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        ASSERT_EQ(::lchown(entry.path().c_str(), somebody, somebody), 0);
    ASSERT_EQ(::chown(folder.c_str(), somebody, somebody), 0);
}

uid_t owner_of(const fs::path& path)
{
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_uid : static_cast<uid_t>(-1);
}

std::string content_of(const fs::path& path)
{
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>(file), {}};
}

}

TEST(Exicyclog, PacksNoLinks)
{
    const Folder folder, other;
    const auto secret = other.write("secret", "secret\n");
    folder.write("mainlog", "x\n");
    fs::create_symlink(secret, folder.path / "mainlog.01");
    const auto reject = folder.write("rejectlog.01", "y\n");
    folder.write("rejectlog", "z\n");
    if (::geteuid() == 0) {
        ASSERT_EQ(::chown(reject.c_str(), somebody, somebody), 0);
    }
    EXPECT_EQ(run({"exicyclog", "-k", "3", "-l", (folder.path / "%slog").string()}), "");
    EXPECT_TRUE(fs::is_symlink(folder.path / "mainlog.02"));
    EXPECT_FALSE(fs::exists(folder.path / "mainlog.02.gz"));
    EXPECT_EQ(content_of(secret), "secret\n");
    EXPECT_TRUE(fs::exists(folder.path / "rejectlog.02.gz")) << "root packs a service's file in a folder of root's";
}

TEST(Exicyclog, RootWorksAsTheOwnerOfTheFolder)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can become another";
    const Folder folder;
    const auto form = (folder.path / "%slog").string();
    folder.write("mainlog", "x\n");
    folder.write("mainlog.01", "y\n");
    give(folder.path);
    const auto panic = folder.write("paniclog", "of root\n");
    EXPECT_EQ(run({"exicyclog", "-k", "3", "-l", form}), "");
    EXPECT_EQ(owner_of(folder.path / "mainlog"), somebody);
    EXPECT_EQ(owner_of(folder.path / "mainlog.02.gz"), somebody);
    EXPECT_EQ(owner_of(panic), somebody) << "the new one is of who can write it";
    EXPECT_EQ(run({"exicyclog", "-k", "3", "-l", form}), "");
    EXPECT_EQ(owner_of(folder.path / "paniclog.02"), 0U) << "another's file stays as it is";
    EXPECT_FALSE(fs::exists(folder.path / "paniclog.02.gz"));
}

TEST(HintTools, RootChangesAFileAsTheOwnerOfItsFolder)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can become another";
    const Folder spool, other;
    fs::permissions(spool.path, fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
    fs::permissions(other.path, fs::perms::all);
    const auto folder = spool.path / "tally";
    fs::create_directory(folder);
    const auto file = folder / "seen";
    {
        auto store = hints::Store::open(file);
        ASSERT_TRUE(store);
        (*store)->put("old", "1e9 1e9 0");
    }
    give(folder);
    const auto asked = [&](const std::string& tool) {
        const auto done = utilities::answer_of("/bin/sh", {"-c", "echo q | " + std::string(EXITOOLS) + " " + tool + " " + spool.path.string() + " seen 2>&1; echo $?"}, "");
        return done ? *done : done.error().text;
    };
    EXPECT_NE(asked("exim_tidydb").find("deleted old (too old)\nTidying complete\n0\n"), std::string::npos);
    EXPECT_NE(asked("exim_fixdb").find("Modifying"), std::string::npos);
    EXPECT_EQ(owner_of(file), somebody);
    // Root's file, put in the way by the service.
    const auto secret = other.write("secret", "secret\n");
    fs::permissions(secret, fs::perms::owner_read | fs::perms::owner_write);
    fs::remove(file);
    for (const bool is_hard : {false, true}) {
        is_hard ? fs::create_hard_link(secret, file) : fs::create_symlink(secret, file);
        for (const char* tool : {"exim_tidydb", "exim_fixdb"})
            EXPECT_NE(asked(tool).find(is_hard ? "belongs to user 0" : "no regular file"), std::string::npos) << tool << is_hard;
        fs::remove(file);
    }
    EXPECT_EQ(content_of(secret), "secret\n");
    EXPECT_FALSE(fs::exists(folder / "seen.broken"));
}
