// WELLKNOWN (Exim 4.98): which file answers it, and in what form.
#include <filesystem>

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "router/acl_policy.h"

#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

struct Place {
    test::TempDir directory;
    AskReply ask(const std::string& path, const std::string& file, const std::string& main = {})
    {
        House house{"wellknown_advertise_hosts = *\nacl_smtp_wellknown = words\n" + main + "\nbegin acl\nwords:\n  accept control = wellknown/" + file + "\n"};
        EXPECT_EQ(house.refused(), "");
        config::Problems problems;
        const Authenticators authenticators{house.world(), problems};
        AclPolicy policy{house.world(), authenticators, problems};
        EXPECT_FALSE(problems.has_errors()) << problems.text();
        AskReply reply;
        test::run_fiber([&] {
            Ask question{.phase = Phase::wellknown, .argument = path, .command = "WELLKNOWN " + path};
            auto answer = policy.ask(question);
            ASSERT_TRUE(answer) << answer.error().text;
            reply = *answer;
        });
        return reply;
    }
    std::string looked_up() const
    {
        return "${lookup{${xtextd:$smtp_command_argument}}dsearch,key=path,filter=file,ret=full{" + directory.path() + "}}";
    }
};

TEST(Wellknown, IsAFileInXtextWithItsSize)
{
    Place place;
    std::filesystem::create_directory(place.directory.path() + "/acme");
    write_file(place.directory, "acme/a b", "one+two=3\n\xff");
    const auto reply = place.ask("acme/a+20b", place.looked_up());
    EXPECT_EQ(reply.verdict, Verdict::accept);
    EXPECT_EQ(reply.first_text, "SIZE=11\none+2Btwo+3D3+0A+FF");
    write_file(place.directory, "none", "");
    EXPECT_EQ(place.ask("none", place.looked_up()).first_text, "SIZE=0");
}

TEST(Wellknown, LinesAreNoLongerThanAReplyMayBeAndBreakBetweenOctets)
{
    Place place;
    std::string content;
    for (int i = 0; i < 3000; ++i)
        content += i % 3 == 0 ? '\n' : 'x';
    write_file(place.directory, "long", content);
    const auto reply = place.ask("long", place.looked_up());
    const auto lines = split(reply.first_text, '\n');
    ASSERT_GT(lines.size(), 2u);
    std::string whole;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        EXPECT_LE(lines[i].size() + 6, 512u); // RFC 5321 section 4.5.3.1.5
        const auto part = xtext_decode(lines[i]);
        ASSERT_TRUE(part) << lines[i];
        whole += *part;
    }
    EXPECT_EQ(whole, content);
}

TEST(Wellknown, WhatIsNotThereOrTooLargeIsRefused)
{
    Place place;
    write_file(place.directory, "big", std::string(101, 'x'));
    for (const std::string path : {"nothing", "../passwd", "/etc/passwd", "big/below", "."}) {
        const auto reply = place.ask(path, place.looked_up());
        EXPECT_EQ(reply.verdict, Verdict::deny) << path;
        EXPECT_EQ(reply.text, "no such resource") << path;
        EXPECT_EQ(reply.first_text, "") << path;
    }
    EXPECT_EQ(place.ask("big", place.looked_up()).verdict, Verdict::accept);
    const auto refused = place.ask("big", place.looked_up(), "wellknown_file_max = 100\n");
    EXPECT_EQ(refused.verdict, Verdict::deny);
    EXPECT_NE(refused.log_text.find("wellknown_file_max is 100"), std::string::npos) << refused.log_text;
}

TEST(Wellknown, AStrangersWordNamesNoFile)
{
    Place place;
    const auto reply = place.ask("etc/passwd", "/$smtp_command_argument");
    EXPECT_EQ(reply.verdict, Verdict::defer);
    EXPECT_NE(reply.log_text.find("Tainted name"), std::string::npos) << reply.log_text;
    EXPECT_EQ(place.ask("x", "relative").verdict, Verdict::defer);
}

}
}
