#include "common/log/logd/debug_files.h"

#include <gtest/gtest.h>

#include "common/log/debug_log.h"
#include "tests/support/temp_dir.h"

namespace gp::logd {
namespace {

class Debug : public testing::Test {
protected:
    void take(log::DebugDoes what, const std::string& session, const std::string& text = {})
    {
        EXPECT_TRUE(files_.take(std::string(1, static_cast<char>(what)) + ".tag\n" + session + "\n4096\n" + text, "", {}));
    }
    std::string written()
    {
        EXPECT_TRUE(files_.flush({}, 0));
        return test::read_file(directory_ / "debuglog.tag");
    }
    test::TempDir directory_;
    Parameters parameters_{.log_file_path = directory_ / "%slog"};
    DebugFiles files_{parameters_};
};

TEST_F(Debug, ManySessionsDoNotSilenceOneThatWasTriggered)
{
    take(log::DebugDoes::trigger, "a");
    for (int i = 0; i < 100; ++i)
        take(log::DebugDoes::hold, std::to_string(i), "silent");
    take(log::DebugDoes::hold, "a", "told");
    EXPECT_EQ(written(), "told\n");
}

TEST_F(Debug, TheSessionThatWasSilentTheLongestGoes)
{
    take(log::DebugDoes::hold, "a", "one");
    for (int i = 0; i < 100; ++i) {
        take(log::DebugDoes::hold, std::to_string(i), "silent");
        take(log::DebugDoes::hold, "a", "two");
    }
    take(log::DebugDoes::trigger, "a");
    EXPECT_TRUE(written().starts_with("one\ntwo\n")) << written();
}

}
}
