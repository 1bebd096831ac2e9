#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "tests/unit/local/letter.h"

namespace gp::local {
namespace {

using delivery::Fate;

class Mbox : public Letter {
protected:
    Mbox()
    {
        option("file", box_);
        option("message_prefix", "From s@src.example\n");
        option("message_suffix", "\n");
        option("check_string", "From ");
        option("escape_string", ">From ");
    }
    const std::string box_ = directory_ / "box";
    const std::string copy_ = "From s@src.example\nSubject: hello\nFrom: a@src.example\n\none\n>From here\n.dot\n\n";
};

TEST_F(Mbox, IsMadeAndAppendedTo)
{
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(box_), copy_);
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(box_), copy_ + copy_);
    EXPECT_EQ(names(directory_.path()), std::vector<std::string>{"box"}); // no lock is left
}

// A large message is copied piece by piece; a line may begin in one and go on in the next.
TEST_F(Mbox, EscapesALineThatBeginsAtTheEndOfAPiece)
{
    constexpr std::size_t piece = 64 * 1024;
    for (std::size_t before = piece - 8; before <= piece + 1; ++before) {
        const std::string body = std::string(before - 2, 'x') + "\r\nFrom me\r\nFro\r\nFr", wanted = std::string(before - 2, 'x') + "\n>From me\nFro\nFr";
        test::write_file(directory_ / "message", body);
        message_.large = ipc::Fd{OwnedFd{::open((directory_ / "message").c_str(), O_RDONLY | O_CLOEXEC)}};
        message_.body_size = body.size();
        std::filesystem::remove(box_);
        EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
        EXPECT_EQ(test::read_file(box_), "From s@src.example\nSubject: hello\nFrom: a@src.example\n\n" + wanted + "\n") << before;
    }
}

TEST_F(Mbox, ReplacesAWholeLineWhereTheCheckStringHasALineEnd)
{
    request_.instruction.options = {{"file", box_}, {"message_prefix", ""}, {"message_suffix", ""}, {"check_string", "one\n"}, {"escape_string", "two \n"}};
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(box_), "Subject: hello\nFrom: a@src.example\n\ntwo \nFrom here\n.dot\n");
}

TEST_F(Mbox, MayBeOfBatchedSmtp)
{
    request_.instruction.options = {{"file", box_}, {"use_bsmtp", "true"}, {"message_prefix", "HELO here\n"}};
    request_.targets.push_back({.unique = "ann@here.example", .address = "ann@here.example", .original = "ann@here.example"});
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(box_), "HELO here\nMAIL FROM:<s@src.example>\nRCPT TO:<joe@here.example>\nRCPT TO:<ann@here.example>\nDATA\n"
                                     "Subject: hello\nFrom: a@src.example\n\none\nFrom here\n..dot\n.\n");
}

TEST_F(Mbox, OfBatchedSmtpHasNoAddressThatEndsItsCommand)
{
    request_.instruction.options = {{"file", box_}, {"use_bsmtp", "true"}};
    request_.targets[0].address = "joe@here.example>\nRSET";
    EXPECT_EQ(deliver("appendfile").fate, Fate::failed);
    EXPECT_EQ(test::read_file(box_), "");
}

TEST_F(Mbox, HasTheModeThatIsAskedFor)
{
    option("mode", "0620");
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    struct stat about {};
    ASSERT_EQ(::stat(box_.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777u, 0620u);
}

TEST_F(Mbox, ThatIsASymbolicLinkIsRefusedUnlessAllowed)
{
    test::write_file(directory_ / "real", "");
    ::chmod((directory_ / "real").c_str(), 0600);
    ASSERT_EQ(::symlink((directory_ / "real").c_str(), box_.c_str()), 0);
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
    option("allow_symlink", "true");
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(directory_ / "real"), copy_);
}

TEST_F(Mbox, WithASecondLinkIsRefused)
{
    test::write_file(box_, "");
    ASSERT_EQ(::link(box_.c_str(), (directory_ / "other").c_str()), 0);
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
}

TEST_F(Mbox, ThatIsADeviceOrADirectoryIsRefused)
{
    ASSERT_EQ(::mkfifo(box_.c_str(), 0600), 0);
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
    std::filesystem::remove(box_);
    std::filesystem::create_directory(box_);
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
}

TEST_F(Mbox, OfNobodyTakesEverything)
{
    for (auto& option : request_.instruction.options)
        if (option.name == "file")
            option.value = "/dev/null";
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_FALSE(std::filesystem::exists(box_));
    EXPECT_FALSE(std::filesystem::exists("/dev/null.lock"));
}

TEST_F(Mbox, MustExistWhereTheOptionSaysSo)
{
    option("file_must_exist", "true");
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
    EXPECT_FALSE(std::filesystem::exists(box_));
}

TEST_F(Mbox, IsMadeOnlyWhereCreateFileAllows)
{
    option("create_file", directory_ / "elsewhere");
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
    request_.instruction.options.pop_back();
    option("create_file", directory_.path());
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
}

TEST_F(Mbox, ThatWouldBecomeLargerThanItsQuotaStaysAsItIs)
{
    option("quota", "100");
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    const auto outcome = deliver("appendfile");
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_EQ(outcome.error_name.substr(0, 5), "quota");
    EXPECT_EQ(outcome.text, "mailbox is full (MTA-imposed quota exceeded while writing to " + box_ + ")");
    EXPECT_EQ(test::read_file(box_), copy_);
}

TEST_F(Mbox, TellsWhetherAMessageWouldHaveRoom)
{
    option("quota", "100");
    EXPECT_TRUE(room("appendfile", 100)); // it is still to be made
    EXPECT_EQ(room("appendfile", 101).error().cause, Cause::no_space);
    EXPECT_FALSE(std::filesystem::exists(box_));
    test::write_file(box_, std::string(100, 'x'));
    EXPECT_TRUE(room("appendfile", 0)); // whose size is not known
    EXPECT_FALSE(room("appendfile", 1));
    request_.instruction.options.back().value = "100/no_check";
    EXPECT_TRUE(room("appendfile", 1));
}

TEST_F(Mbox, KeepsCountWithoutRefusingWhereTheQuotaIsNotChecked)
{
    option("quota", "10/no_check");
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    request_.instruction.options.back().value = "10/no_such_word";
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
}

TEST_F(Mbox, ThatSomebodyElseHasLockedIsLeftAlone)
{
    option("lock_retries", "1");
    test::write_file(box_ + ".lock", "");
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
    EXPECT_TRUE(std::filesystem::exists(box_ + ".lock"));
    option("use_lockfile", "false");
    option("use_fcntl_lock", "false");
    option("use_flock_lock", "true");
    test::write_file(box_, "");
    ::chmod(box_.c_str(), 0600);
    const OwnedFd held{::open(box_.c_str(), O_RDWR)};
    ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
    ::flock(held.get(), LOCK_UN);
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
}

// A reader that writes a new mailbox and renames it into place has the lock of the old one meanwhile.
TEST_F(Mbox, ThatIsReplacedWhileItsLockIsWaitedForIsTriedAgain)
{
    option("use_lockfile", "false");
    option("use_fcntl_lock", "false");
    option("use_flock_lock", "true");
    option("lock_interval", "1s");
    for (const char* name : {"box", "new"}) {
        test::write_file(directory_ / name, "");
        ::chmod((directory_ / name).c_str(), 0600);
    }
    const OwnedFd held{::open(box_.c_str(), O_RDWR | O_CLOEXEC)};
    ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
    const auto times_open = [&] {
        int count = 0;
        std::error_code gone;
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
            count += std::filesystem::read_symlink(entry, gone) == box_;
        return count;
    };
    std::thread reader([&] {
        while (times_open() < 2)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        std::filesystem::rename(directory_ / "new", box_);
        ::flock(held.get(), LOCK_UN);
    });
    const auto outcome = deliver("appendfile");
    reader.join();
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_NE(outcome.text.find("was removed or replaced while its lock was waited for"), std::string::npos) << outcome.text;
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(box_), copy_);
}

TEST_F(Mbox, TakesAwayALockThatSomebodyLeft)
{
    option("lock_retries", "2");
    option("lock_interval", "1s");
    option("lockfile_timeout", "1s");
    test::write_file(box_ + ".lock", "");
    std::this_thread::sleep_for(std::chrono::milliseconds(2100)); // its age is that of its inode
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
}

TEST_F(Mbox, MakesMissingDirectoriesUnlessTold)
{
    request_.instruction.options[0].value = directory_ / "a/b/box";
    option("create_directory", "false");
    const auto outcome = deliver("appendfile");
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_EQ(outcome.error_number, ENOENT);
    request_.instruction.options.back().value = "true";
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(directory_ / "a/b/box"), copy_);
}

TEST_F(Mbox, WantsAnAbsoluteName)
{
    for (const std::string name : {"", "a/b"}) {
        request_.instruction.options[0].value = name;
        const auto outcome = deliver("appendfile");
        EXPECT_EQ(outcome.text, "appendfile: file or directory name \"" + name + "\" is not absolute");
        EXPECT_EQ(outcome.error_number, -21);
    }
}

class Maildir : public Letter {
protected:
    Maildir()
    {
        option("directory", dir_);
        option("maildir_format", "true");
    }
    const std::string dir_ = directory_ / "Maildir";
};

TEST_F(Maildir, GetsAFileInNewAndNothingStaysInTmp)
{
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_EQ(names(dir_), (std::vector<std::string>{"cur", "new", "tmp"}));
    ASSERT_EQ(names(dir_ + "/new").size(), 1u);
    EXPECT_TRUE(names(dir_ + "/tmp").empty());
    EXPECT_EQ(test::read_file(dir_ + "/new/" + names(dir_ + "/new")[0]), "Subject: hello\nFrom: a@src.example\n\none\nFrom here\n.dot\n");
}

TEST_F(Maildir, IsNotGivenAgainWhatWasUncertain)
{
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    request_.uncertain = true;
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_EQ(names(dir_ + "/new").size(), 1u);
}

TEST_F(Maildir, HasTheSizeThatWasWrittenInItsTag)
{
    option("maildir_tag", std::string(",S=") + std::string(router::size_mark));
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    const auto name = names(dir_ + "/new").at(0);
    EXPECT_TRUE(name.ends_with(",S=" + std::to_string(test::read_file(dir_ + "/new/" + name).size()))) << name;
}

TEST_F(Maildir, KeepsAMaildirsizeFile)
{
    option("maildir_use_size_file", "true");
    option("quota", "200");
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    const auto size = std::to_string(test::read_file(dir_ + "/new/" + names(dir_ + "/new").at(0)).size());
    EXPECT_EQ(test::read_file(dir_ + "/maildirsize"), "200S,0C\n0 0\n" + size + " 1\n");
    request_.id = "1xUmKG-0004kp-2U";
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    request_.id = "1xUmKG-0004kp-2V";
    request_.instruction.options.back().value = "150"; // another quota: counted anew
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
    EXPECT_EQ(test::read_file(dir_ + "/maildirsize"), "150S,0C\n" + std::to_string(2 * std::stoi(size)) + " 2\n");
}

TEST_F(Maildir, TellsWhetherAMessageWouldHaveRoom)
{
    option("quota", "200");
    EXPECT_TRUE(room("appendfile", 200));
    EXPECT_FALSE(std::filesystem::exists(dir_));
    option("maildir_use_size_file", "true");
    EXPECT_EQ(room("appendfile", 201).error().cause, Cause::no_space);
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_TRUE(room("appendfile", 100));
    EXPECT_FALSE(room("appendfile", 200));
    EXPECT_EQ(names(dir_ + "/new").size(), 1u);
}

TEST_F(Maildir, CountsFoldersThatThePatternNames)
{
    std::filesystem::create_directories(dir_ + "/.Sent/cur");
    std::filesystem::create_directories(dir_ + "/.Trash/cur");
    test::write_file(dir_ + "/.Sent/cur/1", std::string(100, 'x'));
    test::write_file(dir_ + "/.Trash/cur/1", std::string(100, 'x'));
    option("quota", "200");
    option("maildir_use_size_file", "true");
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
    std::filesystem::remove(dir_ + "/maildirsize");
    option("maildir_quota_directory_regex", "^(?:cur|new|\\.(?!Trash).*)$");
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
}

TEST_F(Maildir, BelievesTheSizeInANameWhereAPatternFindsIt)
{
    std::filesystem::create_directories(dir_ + "/cur");
    test::write_file(dir_ + "/cur/1.host,S=5000:2,S", "short");
    option("quota", "1000");
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    request_.id = "1xUmKG-0004kp-2U";
    option("quota_size_regex", ",S=(\\d+)");
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
}

TEST_F(Maildir, MarksFoldersAndChargesTheirParent)
{
    request_.instruction.options[0].value = dir_ + "/.Work";
    option("maildirfolder_create_regex", "/\\.[^/]+$");
    option("maildir_use_size_file", "true");
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_TRUE(std::filesystem::exists(dir_ + "/.Work/maildirfolder"));
    EXPECT_TRUE(std::filesystem::exists(dir_ + "/maildirsize"));
    EXPECT_FALSE(std::filesystem::exists(dir_ + "/.Work/maildirsize"));
}

TEST_F(Maildir, IsCountedAnewWhenTheSizeFileSaysFull)
{
    option("maildir_use_size_file", "true");
    option("quota", "30/no_check");
    option("quota_filecount", "1");
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    const auto size = std::to_string(test::read_file(dir_ + "/new/" + names(dir_ + "/new").at(0)).size());
    request_.id = "1xUmKG-0004kp-2U";
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
    EXPECT_EQ(test::read_file(dir_ + "/maildirsize"), "30S,1C\n" + size + " 1\n");
}

TEST_F(Maildir, BehindALinkOutOfTheHomeIsNotWrittenTo)
{
    std::filesystem::create_directories(directory_ / "home");
    std::filesystem::create_directories(directory_ / "elsewhere");
    ASSERT_EQ(::symlink("../elsewhere", (directory_ / "home/link").c_str()), 0);
    request_.instruction.home = directory_ / "home";
    request_.instruction.options[0].value = directory_ / "home/link";
    option("create_file", "belowhome");
    const auto outcome = deliver("appendfile");
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_EQ(outcome.error_number, -34);
    EXPECT_NE(outcome.text.find("home/link, but file creation outside the home directory"), std::string::npos) << outcome.text;
    request_.instruction.options[0].value = directory_ / "home/Maildir";
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
}

class Warned : public Letter {
protected:
    Warned()
    {
        option("file", box_);
        option("quota_warn_message", "To: joe@here.example\nSubject: full\n\nso\n");
    }
    std::size_t letters_of_a_delivery()
    {
        letters_.clear();
        EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
        return letters_.size();
    }
    const std::string box_ = directory_ / "box";
};

TEST_F(Warned, IsTheOwnerWhenTheThresholdIsCrossedAndNotAgain)
{
    option("quota_warn_threshold", "150");
    EXPECT_EQ(letters_of_a_delivery(), 0u);
    EXPECT_EQ(letters_of_a_delivery(), 1u);
    EXPECT_EQ(letters_.at(0), "To: joe@here.example\r\nSubject: full\r\n\r\nso\r\n");
    EXPECT_EQ(letters_of_a_delivery(), 0u);
}

TEST_F(Warned, IsTheOwnerAtAShareOfTheQuota)
{
    option("quota_warn_threshold", "10%");
    EXPECT_EQ(letters_of_a_delivery(), 0u); // of no quota
    option("quota", "1.5K");
    EXPECT_EQ(letters_of_a_delivery(), 1u);
}

TEST_F(Warned, IsTheOwnerOfAMaildir)
{
    request_.instruction.options[0] = {"directory", directory_ / "md"};
    option("maildir_format", "true");
    option("quota_warn_threshold", "10");
    EXPECT_EQ(letters_of_a_delivery(), 1u);
    request_.id = "1xUmKG-0004kp-2U";
    EXPECT_EQ(letters_of_a_delivery(), 0u);
}

class Folder : public Letter {
protected:
    Folder() { option("directory", dir_); }
    const std::string dir_ = directory_ / "folder";
};

TEST_F(Folder, HasAFileForEachMessage)
{
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    ASSERT_EQ(names(dir_).size(), 1u);
    const auto name = names(dir_)[0];
    EXPECT_EQ(name[0], 'q');
    struct stat about {};
    ASSERT_EQ(::stat((dir_ + "/" + name).c_str(), &about), 0);
    EXPECT_EQ(name.substr(7), "-" + std::to_string(about.st_ino));
}

TEST_F(Folder, NamesItAsTheOptionSays)
{
    option("directory_file", std::string("mail-") + std::string(router::inode_mark));
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_TRUE(names(dir_).at(0).starts_with("mail-"));
    request_.instruction.options.back().value = "../escape";
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
    EXPECT_EQ(names(dir_).size(), 1u);
}

}
}
