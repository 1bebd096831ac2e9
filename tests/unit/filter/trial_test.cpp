#include "common/filter/trial.h"

#include <gtest/gtest.h>

#include "ground.h"

namespace gp::filter {
namespace {

std::string said_of(const std::string& text)
{
    Ground ground;
    std::string said;
    try_out({.file = "f",
             .text = text,
             .scene = ground.scene,
             .rules = ground.rules,
             .words = Words::linked(),
             .print = [&](std::string_view line) { said.append(line).append("\n"); },
             .explain = {},
             .read = [](const std::string& path) -> Result<std::string> { return "x@" + path.substr(1) + ".y\n"; }});
    return said;
}

TEST(Trial, ForwardFilesShowTheirAddressesNewestFirst)
{
    EXPECT_EQ(said_of("a@b, c\n|\"/bin/x y\", :include:/z\n"),
              "Testing forward file file \"f\"\n\nexim: forward file generated:\n"
              "  x@z.y\n  |\"/bin/x y\"\n  c@test.ex\n  a@b\n");
}

TEST(Trial, ForwardFilesSayWhatIsWrongWithThem)
{
    EXPECT_EQ(said_of(":fail: abc"),
              "Testing forward file file \"f\"\n\nexim: error in forward file: \":fail: abc\" is not permitted\n");
    EXPECT_EQ(said_of("# nothing\n"),
              "Testing forward file file \"f\"\n\nexim: no addresses generated from forward file\n");
}

}
}
