#include "common/hints/tidy.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace gp::hints {
namespace {

TEST(Tidier, ForgetsWhatIsOldInSmallSteps)
{
    char folder[] = "/tmp/gp_tidy_XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    {
        auto store = Store::open(std::string(folder) + "/hints").take();
        for (int i = 0; i < 100; ++i)
            store->put("key" + std::to_string(1000 + i), i % 2 ? "old" : "new");
        Tidier tidier{*store, [](std::string_view, std::string_view value) { return value == "old"; }};
        int steps = 1;
        while (!tidier.step(7))
            ++steps;
        EXPECT_EQ(steps, 15);
        EXPECT_EQ(tidier.forgotten(), 50u);
        EXPECT_EQ(store->count(), 50u);
        EXPECT_EQ(store->get("key1000"), "new");
        EXPECT_EQ(store->get("key1001"), std::nullopt);
    }
    std::filesystem::remove_all(folder);
}

}
}
