#include "tests/unit/local/letter.h"

namespace gp::local {
namespace {

using delivery::Fate;

class Pipe : public Letter {
protected:
    void command(const std::vector<std::string>& words)
    {
        for (const auto& word : words)
            option("command", word);
    }
    const std::string out_ = directory_ / "out";
};

TEST_F(Pipe, GivesTheMessageToTheCommand)
{
    command({"/bin/sh", "-c", "cat > " + out_});
    option("message_prefix", "");
    option("message_suffix", "");
    EXPECT_EQ(deliver("pipe").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(out_), "Subject: hello\nFrom: a@src.example\n\none\nFrom here\n.dot\n");
}

TEST_F(Pipe, TellsTheCommandWhoAndWhat)
{
    command({"/bin/sh", "-c", "echo $USER $SENDER $MESSAGE_ID $MORE > " + out_});
    option("environment", "MORE=this");
    EXPECT_EQ(deliver("pipe").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(out_), "joe s@src.example 1xUmKG-0004kp-2T this\n");
}

TEST_F(Pipe, JudgesByTheExitStatus)
{
    command({"/bin/sh", "-c", "exit 75"});
    EXPECT_EQ(deliver("pipe").fate, Fate::deferred);
    request_.instruction.options[2].value = "exit 69";
    EXPECT_EQ(deliver("pipe").fate, Fate::failed);
    option("temp_errors", "*");
    EXPECT_EQ(deliver("pipe").fate, Fate::deferred);
    option("ignore_status", "true");
    EXPECT_EQ(deliver("pipe").fate, Fate::delivered);
}

TEST_F(Pipe, EndsACommandThatTakesTooLong)
{
    command({"/bin/sh", "-c", "sleep 60"});
    option("timeout", "1s");
    EXPECT_EQ(deliver("pipe").fate, Fate::failed);
    option("timeout_defer", "true");
    EXPECT_EQ(deliver("pipe").fate, Fate::deferred);
}

TEST_F(Pipe, ReturnsWhatACommandSays)
{
    command({"/bin/sh", "-c", "echo no thanks; exit 1"});
    option("return_fail_output", "true");
    const auto outcome = deliver("pipe");
    EXPECT_EQ(outcome.fate, Fate::failed);
    EXPECT_EQ(outcome.output, "no thanks\n");
}

TEST_F(Pipe, RunsOnlyWhatItMay)
{
    request_.instruction.kind = "pipe";
    request_.instruction.address = "|/bin/true";
    option("restrict_to_path", "true");
    EXPECT_EQ(deliver("pipe").fate, Fate::failed);
    request_.instruction.address = "|true";
    EXPECT_EQ(deliver("pipe").fate, Fate::delivered);
    request_.instruction.address = "|no-such-command-anywhere";
    EXPECT_EQ(deliver("pipe").fate, Fate::failed);
}

TEST_F(Pipe, FreezesWhereTheOptionsSaySo)
{
    command({"/nowhere/command"});
    option("freeze_exec_fail", "true");
    const auto outcome = deliver("pipe");
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_TRUE(outcome.freeze);
}

}
}
