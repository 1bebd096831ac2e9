#include "common/base/counters.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace gp {
namespace {

TEST(Counters, GivesWhatIsNewUntilItIsTaken)
{
    Counters counters;
    std::map<std::string, std::uint32_t> got;
    const auto take = [&](const std::string& words, std::uint32_t by) {
        got[words] += by;
        return true;
    };
    counters.add("scans clamd found");
    counters.add("scans clamd found");
    counters.add("smtp_sessions");
    counters.flush([](const std::string&, std::uint32_t) { return false; });
    counters.flush(take);
    counters.flush(take);
    EXPECT_EQ(got, (std::map<std::string, std::uint32_t>{{"scans clamd found", 2}, {"smtp_sessions", 1}}));
    counters.add("smtp_sessions", 0x1'0000'0005);
    counters.flush(take);
    counters.flush(take);
    EXPECT_EQ(got["smtp_sessions"], 6u); // 2^32 + 5 in two portions, on top of the one
}

TEST(Counters, AreBoundedInNumberAndForm)
{
    Counters counters;
    for (const char* wrong : {"", "a\nb", "a\"b", "a{b", "0123456789012345678901234567890123456789012345678"})
        counters.add(wrong);
    for (int i = 0; i < 1000; ++i)
        counters.add("n" + std::to_string(i));
    std::size_t names = 0;
    counters.flush([&](const std::string&, std::uint32_t) { return ++names > 0; });
    EXPECT_EQ(names, 64u);
}

}
}
