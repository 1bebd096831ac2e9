// Some hundred filters and what Exim 4.96's -bf and -bF said of them: the same is printed here.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "common/filter/trial.h"
#include "ground.h"

namespace gp::filter {
namespace {

struct Recorded {
    std::string options, filter, said;
};

// "%% options", the filter, "==", what was said.
std::vector<Recorded> recorded()
{
    std::ifstream file(GATEPOST_RECORDED);
    std::vector<Recorded> all;
    bool in_filter = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("%%")) {
            all.push_back({line.substr(2), {}, {}});
            in_filter = true;
        } else if (line == "==") {
            in_filter = false;
        } else if (!all.empty()) {
            (in_filter ? all.back().filter : all.back().said) += line + "\n";
        }
    }
    return all;
}

std::string said_here(const Recorded& one)
{
    Ground ground;
    const auto has = [&](std::string_view option) { return one.options.find(option) != std::string::npos; };
    ground.rules.is_system = has("-bF");
    if (has("-f <>"))
        ground.message.sender = {};
    if (has("-bfp")) {
        ground.address.local_part_prefix = "pre-";
        ground.address.local_part_suffix = "-suf";
    }
    std::string said;
    const auto print = [&](std::string_view text) {
        for (const auto line : split(text, '\n'))
            if (!trim(line).empty() && !line.starts_with("Testing "))
                said += std::string(line) + "\n";
    };
    try_out({.file = "FILTER",
             .text = one.filter,
             .scene = ground.scene,
             .rules = ground.rules,
             .words = Words::linked(),
             .print = print,
             .explain = {},
             .read = {}});
    return said;
}

TEST(RecordedFilters, SayWhatEximSays)
{
    const auto all = recorded();
    ASSERT_GT(all.size(), 300u);
    for (const auto& one : all)
        EXPECT_EQ(said_here(one), one.said) << one.options << "\n" << one.filter;
}

}
}
