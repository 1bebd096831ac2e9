#include "common/config/flat.h"

#include <gtest/gtest.h>

namespace gp::config {
namespace {

Flat sample()
{
    const auto one = std::make_shared<const std::string>("/etc/one");
    const auto two = std::make_shared<const std::string>("/etc/two");
    Flat flat;
    flat.facts = {{"host_name", "mx.example"}, {"user mail", "8 8"}};
    flat.lines = {{"a = b", {one, 1}}, {"c = \"\\n\xff\"", {two, 70000}}, {"begin acl", {one, 4}}, {"built in", {}}};
    return flat;
}

TEST(Flat, ReadsBackWhatItWrote)
{
    const auto octets = pack(sample());
    const auto flat = unpack(octets);
    ASSERT_TRUE(flat) << flat.error().text;
    EXPECT_EQ(flat->facts, sample().facts);
    ASSERT_EQ(flat->lines.size(), 4u);
    EXPECT_EQ(flat->lines[1].text, "c = \"\\n\xff\"");
    EXPECT_EQ(flat->lines[1].origin.text(), "/etc/two:70000");
    EXPECT_EQ(flat->lines[2].origin.text(), "/etc/one:4");
    EXPECT_EQ(flat->lines[3].origin.text(), "(built in)");
    EXPECT_EQ(pack(*flat), octets);
}

TEST(Flat, RefusesEveryTruncation)
{
    const auto octets = pack(sample());
    for (std::size_t length = 0; length < octets.size(); ++length)
        EXPECT_FALSE(unpack(std::string_view(octets).substr(0, length))) << length;
    EXPECT_FALSE(unpack(octets + "x"));
}

TEST(Flat, SurvivesEveryDamagedOctet)
{
    const auto octets = pack(sample());
    for (std::size_t at = 0; at < octets.size(); ++at) {
        std::string damaged = octets;
        damaged[at] = static_cast<char>(~damaged[at]);
        (void)unpack(damaged); // must neither crash nor ask for gigabytes
    }
}

}
}
