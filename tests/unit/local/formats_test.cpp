#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "tests/unit/local/letter.h"

namespace gp::local {
namespace {

using delivery::Fate;

class Formats : public Letter {
protected:
    void be(std::vector<router::Option> options) { request_.instruction.options = std::move(options); }
    const std::string box_ = directory_ / "box";
};

TEST_F(Formats, AnMbxFileHasAHeadAndTheSizeOfEachMessage)
{
    be({{"file", box_}, {"mbx_format", "true"}, {"message_prefix", ""}, {"message_suffix", ""}, {"check_string", ""}});
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    const auto text = test::read_file(box_);
    const std::string copy = "Subject: hello\r\nFrom: a@src.example\r\n\r\none\r\nFrom here\r\n.dot\r\n";
    ASSERT_GT(text.size(), 2048u);
    EXPECT_TRUE(text.starts_with("*mbx*\r\n"));
    EXPECT_EQ(text.substr(15, 10), "00000000\r\n");
    const auto first = text.substr(2048);
    const auto line = first.substr(0, first.find("\r\n") + 2);
    EXPECT_EQ(line.substr(line.find(',')), "," + std::to_string(copy.size()) + ";000000000000-00000000\r\n");
    EXPECT_EQ(first.substr(line.size(), copy.size()), copy);
    EXPECT_EQ(text.size(), 2048 + 2 * (line.size() + copy.size()));
    EXPECT_EQ(names(directory_.path()), std::vector<std::string>{"box"}); // c-client looks at no lock file beside it
}

TEST_F(Formats, ThePlaceOfAnMbxLockMayBeHeldBySomebodyElse)
{
    be({{"file", box_}, {"mbx_format", "true"}, {"lock_retries", "1"}, {"use_flock_lock", "true"}, {"use_mbx_lock", "true"}});
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    struct stat about {};
    ASSERT_EQ(::stat(box_.c_str(), &about), 0);
    char name[80];
    std::snprintf(name, sizeof name, "/tmp/.%lx.%lx", static_cast<unsigned long>(about.st_dev), static_cast<unsigned long>(about.st_ino));
    OwnedFd held{::open(name, O_RDWR | O_CLOEXEC)};
    ASSERT_TRUE(held);
    ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
    EXPECT_EQ(deliver("appendfile").fate, Fate::deferred);
    held.reset();
    OwnedFd reader{::open(box_.c_str(), O_RDONLY | O_CLOEXEC)}; // a reader shares the mailbox
    ASSERT_EQ(::flock(reader.get(), LOCK_SH), 0);
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    ::unlink(name);
}

// Exim 4.96: "defer (20): Not a directory: stat() error for …", "defer (13): Permission denied: cannot create …".
TEST_F(Formats, a_directory_that_cannot_be_made_is_told_in_exims_words)
{
    const auto told = [&](const std::string& path, const char* may_create) {
        be({{"directory", path}, {"maildir_format", "true"}, {"create_directory", may_create}});
        return deliver("appendfile");
    };
    test::write_file(directory_ / "file", "");
    const auto below_file = told(directory_ / "file/x", "true");
    EXPECT_EQ(below_file.fate, Fate::deferred);
    EXPECT_EQ(below_file.error_number, ENOTDIR);
    EXPECT_EQ(below_file.text, "Not a directory: stat() error for " + directory_ / "file/x" + ": Not a directory");
    const auto missing = told(directory_ / "none", "false");
    EXPECT_EQ(missing.error_number, ENOENT);
    EXPECT_EQ(missing.text, "No such file or directory: stat() error for " + directory_ / "none" + ": No such file or directory");
    const auto refused = told("/proc/none", "true");
    EXPECT_EQ(refused.error_number, ENOENT);
    EXPECT_EQ(refused.text, "No such file or directory: cannot create /proc/none");
    const auto in_the_way = told(directory_ / "file", "true");
    EXPECT_EQ(in_the_way.error_number, -5);
    EXPECT_EQ(in_the_way.text, directory_ / "file" + " is not a directory");
}

TEST_F(Formats, AMailstoreHasAPairOfFilesForEachMessage)
{
    be({{"directory", directory_ / "store"}, {"mailstore_format", "true"}, {"mailstore_prefix", "at \x03"}, {"mailstore_suffix", "end\n"}});
    request_.targets.push_back({.unique = "ann@here.example", .address = "ann@here.example", .original = "ann@here.example"});
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    auto found = names(directory_ / "store");
    ASSERT_EQ(found.size(), 2u);
    const auto base = found[0].substr(0, found[0].size() - 4);
    EXPECT_TRUE(base.starts_with("1xUmKG-0004kp-2T-"));
    EXPECT_EQ(found[0], base + ".env");
    EXPECT_EQ(found[1], base + ".msg");
    EXPECT_EQ(test::read_file(directory_ / ("store/" + found[0])),
              "at " + (directory_ / "store/") + base + "\ns@src.example\njoe@here.example\nann@here.example\nend\n");
    EXPECT_EQ(test::read_file(directory_ / ("store/" + found[1])), "Subject: hello\nFrom: a@src.example\n\none\nFrom here\n.dot\n");
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_EQ(names(directory_ / "store").size(), 4u);
}

TEST_F(Formats, AMailboxOfAnotherFormatIsForItsTransport)
{
    be({{"file", box_}, {"message_suffix", "\n"}, {"file_format", "From : t : \x01\x01 : mmdf : XX : nowhere"}});
    request_.instruction.formats = {{.transport = "mmdf", .driver = "appendfile",
                                     .options = {{"file", box_}, {"message_prefix", "\x01\x01\n"}, {"message_suffix", "\x01\x01\n"}, {"check_string", ""}}}};
    EXPECT_EQ(deliver("appendfile").transport, ""); // what is not there is of the own format
    EXPECT_TRUE(test::read_file(box_).starts_with("From s@src.example "));
    EXPECT_EQ(deliver("appendfile").transport, "");
    test::write_file(box_, "\x01\x01\nold\n\x01\x01\n");
    EXPECT_EQ(deliver("appendfile").transport, "mmdf");
    EXPECT_EQ(test::read_file(box_), "\x01\x01\nold\n\x01\x01\n\x01\x01\nSubject: hello\nFrom: a@src.example\n\none\nFrom here\n.dot\n\x01\x01\n");
    test::write_file(box_, "XX");
    auto outcome = deliver("appendfile");
    EXPECT_EQ(outcome.text, "nowhere transport (for XX format) not found");
    EXPECT_EQ(outcome.error_number, -30);
    test::write_file(box_, "YY");
    outcome = deliver("appendfile");
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_EQ(outcome.error_number, -33);
    EXPECT_EQ(test::read_file(box_), "YY");
}

TEST_F(Formats, EnvelopeToHasAllWhoCameToTheAddress)
{
    be({{"file", box_}, {"message_prefix", ""}, {"envelope_to_add", "true"}});
    request_.targets.front().also = {"three@here.example", "two@here.example"};
    EXPECT_EQ(deliver("appendfile").fate, Fate::delivered);
    EXPECT_TRUE(test::read_file(box_).starts_with("Envelope-to: three@here.example,\n two@here.example,\n joe@here.example\nSubject: hello\n"));
}

// The words and numbers of Exim's log.
TEST_F(Formats, WhatIsWrongWithAMailboxHasItsNumber)
{
    const auto tried = [&](const std::string& path) {
        be({{"file", path}, {"use_lockfile", "false"}});
        return deliver("appendfile");
    };
    ASSERT_EQ(::mkdir(box_.c_str(), 0700), 0);
    EXPECT_EQ(tried(box_).text, "mailbox " + box_ + " not a regular file or too many links");
    const std::string narrow = directory_ / "narrow", twice = directory_ / "twice";
    test::write_file(narrow, "");
    ASSERT_EQ(::chmod(narrow.c_str(), 0200), 0);
    if (::geteuid() == 0) { // who may open it nevertheless
        EXPECT_EQ(tried(narrow).text, "mailbox " + narrow + " has the wrong mode 200 (600 expected)");
        EXPECT_EQ(tried(narrow).error_number, -7);
    }
    test::write_file(twice, "");
    ASSERT_EQ(::link(twice.c_str(), (twice + "2").c_str()), 0);
    EXPECT_EQ(tried(twice).text, "mailbox " + twice + " has too many links (2)");
    EXPECT_EQ(tried(twice).error_number, -4);
    EXPECT_EQ(tried("relative").error_number, -21);
    be({});
    EXPECT_EQ(deliver("appendfile").text, "Mandatory file or directory option missing from t transport");
}

}
}
