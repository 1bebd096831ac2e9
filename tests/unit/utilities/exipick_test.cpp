// exipick on a folder of Exim's -H and -D files; what it prints is what the original prints for them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "utilities/front_end.h"
#include "utilities/pick/wish.h"

using namespace gp;
namespace fs = std::filesystem;

namespace {

class Exipick : public testing::Test {
protected:
    Exipick()
    {
        std::string name = (fs::temp_directory_path() / "gp_pick_XXXXXX").string();
        spool_ = ::mkdtemp(name.data());
        fs::create_directories(spool_ / "input/x");
        const auto now = static_cast<long long>(std::time(nullptr));
        write("input/1r31ey-000000-0a", "root 0 0\n<ann@here.example>\n" + std::to_string(now - 5405) +
                                            " 0\n-local\n-ident root\n-aclm _foo 10\nsome value\n-body_linecount 1\nNN d@three.example\n3\n"
                                            "b@one.example\nc@two.example\nd@three.example\n\n028  Subject: =?UTF-8?Q?=C3=A9?=\n");
        write("input/x/1r31ey-000001-0b", "mail 8 8\n<>\n" + std::to_string(now - 5) +
                                              " 0\n-frozen 1700000000\n-localerror\n-body_linecount 1\nXX\n1\nann@here.example\n\n"
                                              "020T To: ann@here.exampl\n");
    }
    ~Exipick() override { fs::remove_all(spool_); }

    void write(const std::string& name, const std::string& text) const
    {
        const auto id = name.substr(name.rfind('/') + 1);
        std::ofstream{spool_ / (name + "-H")} << id + "-H\n" + text;
        std::ofstream{spool_ / (name + "-D")} << id + "-D\nx\n";
    }
    std::string run(std::vector<std::string> words) const
    {
        words.insert(words.begin(), {"exipick", "--spool", spool_.string()});
        const auto text = utilities::output_of(EXITOOLS, words);
        return text ? *text : "error: " + text.error().text;
    }

    fs::path spool_;
};

TEST_F(Exipick, ShowsTheQueueAsTheOriginalDoes)
{
    EXPECT_EQ(run({}), "90m    31 1r31ey-000000-0a <ann@here.example>\n          b@one.example\n          c@two.example\n        D d@three.example\n\n"
                       " 0m    23 1r31ey-000001-0b <> *** frozen ***\n          ann@here.example\n\n");
    EXPECT_EQ(run({"-zi"}), "1r31ey-000001-0b\n");
    EXPECT_EQ(run({"-b", "--rev"}), "1r31ey-000001-0b From: <> To: ann@here.example\n"
                                    "1r31ey-000000-0a From: <ann@here.example> To: b@one.example;c@two.example\n");
    EXPECT_EQ(run({"--flatq", "-x"}), "90m    31 1r31ey-000000-0a <ann@here.example> b@one.example c@two.example\n");
}

TEST_F(Exipick, CountsAndAddsUp)
{
    EXPECT_EQ(run({"-bpc"}), "2\n");
    EXPECT_EQ(run({"-c", "-z"}), "1 matches out of 2 messages\n");
    EXPECT_EQ(run({"--size"}), "54\n");
    EXPECT_EQ(run({"-size", "-bpc"}), "2 (54)\n");
    EXPECT_EQ(run({"--size", "-c", "-x"}), "1 matches out of 2 messages (31)\n");
}

TEST_F(Exipick, ShowsVariablesInEveryForm)
{
    const std::vector<std::string> names = {"--show-vars", "sender_address,deliver_freeze,h_Subject"};
    const auto shown = [&](std::vector<std::string> words) {
        words.insert(words.end(), names.begin(), names.end());
        return run(words);
    };
    EXPECT_EQ(shown({"-z", "-l"}), " 0m    23 1r31ey-000001-0b <> *** frozen ***\n             sender_address = ''\n"
                                   "             deliver_freeze = '1'\n                  h_Subject = ''\n          ann@here.example\n\n");
    EXPECT_EQ(shown({"-xi"}), "1r31ey-000000-0a sender_address='ann@here.example' deliver_freeze='' h_Subject='\u00e9'\n");
    EXPECT_EQ(shown({"-z", "-b"}), "1r31ey-000001-0b From: <> To: ann@here.example Vars: sender_address='';deliver_freeze='1';h_Subject=''\n");
    EXPECT_EQ(shown({"-z", "--flatq"}), " 0m sender_address='';deliver_freeze='1';h_Subject='' 1r31ey-000001-0b <> *** frozen *** ann@here.example\n");
    EXPECT_NE(run({"-x", "--charset=ISO-8859-1", "--show-vars", "h_subject"}).find("h_subject = '\xe9'"), std::string::npos);
    EXPECT_NE(run({"-x", "--show-vars", "^message_"}).find("message_body_size = '2'"), std::string::npos);
    EXPECT_NE(run({"--show-vars", "sender_adress"}).find("error"), std::string::npos);
}

TEST_F(Exipick, TellsRulesAndTests)
{
    EXPECT_EQ(run({"-i", "--show-rules", "$message_size > 1K"}), "$message_size\t($var > 1024) ? 1 : 0\n");
    EXPECT_NE(run({"-i", "--show-tests", "$sender_address eq ann@here.example"}).find("\n  (\"$var\" eq \"ann@here.example\") ? 1 : 0 => 1\n"), std::string::npos);
    EXPECT_EQ(run({"-i", "--not", "--show-rules", "$sender_address = X"}).substr(0, 41), "$sender_address\t(\"$var\" =~ /X/i) ? 0 : 1\n");
    EXPECT_EQ(run({"-zi", "--show-tests"}), "1r31ey-000000-0a\n            $deliver_freeze =  ''\n             ($var) ? 1 : 0 => 0\n"
                                            "1r31ey-000001-0b\n            $deliver_freeze =  '1'\n             ($var) ? 1 : 0 => 1\n"
                                            "1r31ey-000001-0b\n");
}

TEST_F(Exipick, CriteriaReadQuotesAndColons)
{
    EXPECT_EQ(run({"-i", "$acl_m_foo eq \"some value\""}), "1r31ey-000000-0a\n");
    EXPECT_EQ(run({"-i", "$h_subject: =~ /./"}), "1r31ey-000000-0a\n");
    EXPECT_EQ(run({"-i", "-f", "ANN"}), "") << "case counts, as in exiqgrep's criteria";
}

TEST_F(Exipick, RefusesByName)
{
    EXPECT_TRUE(utilities::read_pick_wish({"--spool", "/x", "-unsorted"}));
    EXPECT_TRUE(utilities::read_pick_wish({"-bpru"}));
    for (const char* word : {"--nope", "-Q", "--s", "--freeze", "--thaw=x"})
        EXPECT_FALSE(utilities::read_pick_wish({word, "x"})) << word;
    EXPECT_NE(run({"--finput"}).find("error"), std::string::npos) << "there is no such folder";
}

}
