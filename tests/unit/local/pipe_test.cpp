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
    command({"/bin/sh", "-c", "echo $SENDER $MESSAGE_ID $MORE $TZ > " + out_});
    option("environment", "MORE=this");
    parameters_.timezone = "Europe/Vienna";
    EXPECT_EQ(deliver("pipe").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(out_), "s@src.example 1xUmKG-0004kp-2T this Europe/Vienna\n");
}

// Whoever runs it, the names are of the address; a batch has none in common.
TEST_F(Pipe, TellsTheCommandForWhomTheMessageIs)
{
    auto& to = request_.instruction;
    to.local_part = "anne";
    to.suffix = "-list";
    to.domain = "here.example";
    request_.targets.front().address = "anne@here.example";
    command({"/bin/sh", "-c", "echo ${HOST-none} [$HOME] $USER $LOGNAME $LOCAL_PART $RECIPIENT > " + out_});
    EXPECT_EQ(deliver("pipe").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(out_), "none [] anne anne anne anne-list@here.example\n");
    to.hosts = {{.name = "uucp.example"}, {.name = "other.example"}};
    request_.targets.push_back({.unique = "bob@here.example", .address = "bob@here.example"});
    EXPECT_EQ(deliver("pipe").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(out_), "uucp.example [] @here.example\n");
}

TEST_F(Pipe, GivesAShellTheLineAsItIs)
{
    option("use_shell", "true");
    option("command", "echo \"a  b\" 'c  d' > " + out_);
    EXPECT_EQ(deliver("pipe").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(out_), "a  b c  d\n");
    request_.instruction.kind = "pipe";
    request_.instruction.address = "|echo 'e  f' > " + out_;
    EXPECT_EQ(deliver("pipe").fate, Fate::delivered);
    EXPECT_EQ(test::read_file(out_), "e  f\n");
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

// As Exim's log has it.
TEST_F(Pipe, SaysWhatAnExitStatusCouldMean)
{
    const auto told = [&](const std::string& script) {
        request_.instruction.options.clear();
        command({"/bin/sh", "-c", script});
        return deliver("pipe").text;
    };
    EXPECT_EQ(told("exit 3"), "Child process of t transport returned 3 from command: /bin/sh");
    EXPECT_EQ(told("exit 67"), "Child process of t transport returned 67 (could mean user nonexistent) from command: /bin/sh");
    EXPECT_EQ(told("exit 137"), "Child process of t transport returned 137 (could mean shell command ended by signal 9 (Killed)) from command: /bin/sh");
    EXPECT_EQ(told("kill -9 $$"), "Child process of t transport (running command \"/bin/sh -c 'kill -9 $$'\") was terminated by signal 9 (Killed)");
    request_.instruction.options.clear();
    command({"/no/such", "thing"});
    EXPECT_EQ(deliver("pipe").text, "Child process of t transport returned 127 (could mean unable to exec or command does not exist) from command: /no/such");
}

TEST_F(Pipe, EndsACommandThatTakesTooLong)
{
    command({"/bin/sh", "-c", "sleep 60"});
    option("timeout", "1s");
    EXPECT_EQ(deliver("pipe").fate, Fate::failed);
    option("timeout_defer", "true");
    EXPECT_EQ(deliver("pipe").fate, Fate::deferred);
}

TEST_F(Pipe, EndsACommandThatGoesOnWithItsOutputClosed)
{
    command({"/bin/sh", "-c", "exec >/dev/null 2>&1; sleep 60"});
    option("timeout", "1s");
    const auto outcome = deliver("pipe");
    EXPECT_EQ(outcome.fate, Fate::failed);
    EXPECT_EQ(outcome.text, "pipe delivery process timed out");
}

TEST_F(Pipe, DoesNotWaitForOneThatHoldsTheInputAndReadsNothing)
{
    message_.body.assign(1024 * 1024, 'x');
    command({"/bin/sh", "-c", "exec >/dev/null 2>&1 3<&0; sleep 60 <&3 & exit 0"});
    option("timeout", "1s");
    EXPECT_EQ(deliver("pipe").fate, Fate::failed);
}

TEST_F(Pipe, ReturnsWhatACommandSays)
{
    command({"/bin/sh", "-c", "echo no thanks; exit 1"});
    option("return_fail_output", "true");
    const auto outcome = deliver("pipe");
    EXPECT_EQ(outcome.fate, Fate::failed);
    EXPECT_EQ(outcome.output, "no thanks\n");
}

TEST_F(Pipe, TellsTheFirstLineOfItsOutputForTheLog)
{
    command({"/bin/sh", "-c", "echo one; echo two; exit 3"});
    option("log_fail_output", "true");
    const auto outcome = deliver("pipe");
    EXPECT_EQ(outcome.logged_output, "one");
    EXPECT_EQ(outcome.text.find("one"), std::string::npos);
}

TEST_F(Pipe, RunsOnlyWhatItMay)
{
    request_.instruction.transport = "pipes";
    request_.instruction.kind = "pipe";
    request_.instruction.address = "|/bin/true";
    option("restrict_to_path", "true");
    const auto outcome = deliver("pipe");
    EXPECT_EQ(outcome.fate, Fate::failed);
    EXPECT_EQ(outcome.text, "\"/\" found in \"/bin/true\" (command for pipes transport) - failed for security reasons");
    request_.instruction.address = "|true";
    EXPECT_EQ(deliver("pipe").fate, Fate::delivered);
    request_.instruction.address = "|no-such-command-anywhere";
    EXPECT_EQ(deliver("pipe").fate, Fate::failed);
}

TEST_F(Pipe, RunsOnlyWhatAllowCommandsNames)
{
    request_.instruction.transport = "pipes";
    command({"/bin/true"});
    option("allow_commands", "/bin/echo");
    EXPECT_EQ(deliver("pipe").text, "\"/bin/true\" command not permitted by pipes transport");
}

TEST_F(Pipe, FreezesWhatAShellCannotRun)
{
    command({"/bin/sh", "-c", "exit 127"});
    option("freeze_exec_fail", "true");
    const auto outcome = deliver("pipe");
    EXPECT_EQ(outcome.fate, Fate::deferred);
    EXPECT_TRUE(outcome.freeze);
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
