#include "conf/permits.h"

#include <gtest/gtest.h>

#include "common/config/source.h"
#include "common/process/identity.h"

namespace gp::conf {
namespace {

const std::string home{launcher::mark_home}, segment{launcher::mark_segment}, anything{launcher::mark_anything};

TEST(ThePatternOfAText, HasMarksWhereSomethingIsExpanded)
{
    EXPECT_EQ(pattern_of("$home/.forward", home), home + "/.forward");
    EXPECT_EQ(pattern_of("${home}/Maildir", "/srv/x"), "/srv/x/Maildir");
    EXPECT_EQ(pattern_of("/var/mail/$local_part", home), "/var/mail/" + segment);
    EXPECT_EQ(pattern_of("/v/$domain/${local_part_data}/x", home), "/v/" + segment + "/" + anything + "/x");
    EXPECT_EQ(pattern_of("/v/${lc:$local_part}/x", home), "/v/" + anything + "/x");
    EXPECT_EQ(pattern_of("${if eq{a}{b}{/x}{/y}}", home), anything);
    EXPECT_EQ(pattern_of("$address_data", home), anything);
}

TEST(ThePatternsInAText, AreThoseOfEveryFileItNames)
{
    const std::vector<std::string> expected = {home + "/.procmailrc", "/etc/lists/" + segment};
    EXPECT_EQ(patterns_in("${if and{{exists{$home/.procmailrc}}{exists{/etc/lists/$local_part}}}}", home), expected);
    EXPECT_TRUE(patterns_in("${if eq{a/b}{c}}", home).empty());
}

constexpr std::string_view text = R"(
begin routers
forward:
  driver = redirect
  check_local_user
  file = $home/.forward
  allow_filter
  pipe_transport = pipe
local:
  driver = accept
  check_local_user
  condition = ${if exists{$home/.on}}
  transport = maildir
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = $home/Maildir
  headers_remove = X-A
pipe:
  driver = pipe
  command = /usr/bin/thing -x $local_part
)";

launcher::Parameters permits_of(std::string words)
{
    const auto loaded = load({.name = "test.conf", .text = std::move(words)}, {.host_name = "mx.example"});
    launcher::Parameters parameters;
    EXPECT_TRUE(loaded);
    if (loaded)
        fill_permits(*loaded.configuration, 77, parameters);
    return parameters;
}

TEST(Permits, AreTakenFromRoutersAndTransports)
{
    const auto parameters = permits_of(std::string(text));
    const auto file = std::ranges::find(parameters.files, home + "/.forward", &launcher::FilePermit::pattern);
    ASSERT_NE(file, parameters.files.end());
    EXPECT_TRUE(file->interprets);
    EXPECT_EQ(file->modemask, 022u);
    const auto looked_at = std::ranges::find(parameters.files, home + "/.on", &launcher::FilePermit::pattern);
    ASSERT_NE(looked_at, parameters.files.end());
    EXPECT_FALSE(looked_at->interprets);
    ASSERT_EQ(parameters.transports.size(), 2u);
    const auto& maildir = parameters.transports[0];
    const auto place = std::ranges::find(maildir.options, "directory", &launcher::OptionPermit::name);
    ASSERT_NE(place, maildir.options.end());
    EXPECT_EQ(place->patterns, std::vector<std::string>{home + "/Maildir"});
    EXPECT_EQ(std::ranges::count(maildir.options, "headers_remove", &launcher::OptionPermit::name), 0) << "it does not travel as an option";
    EXPECT_EQ(parameters.transports[1].command, (std::vector<std::string>{"/usr/bin/thing", "-x", anything}));
    EXPECT_FALSE(parameters.unticketed_all) << "what a .forward asks for needs the user's ticket";
}

TEST(Permits, LetDataOfTheAdministratorsNamePipesForTheUsersOfTheirRouters)
{
    auto words = std::string(text);
    words.replace(words.find("file = $home/.forward"), 21, "data = ${lookup{$local_part}lsearch{/etc/aliases}}");
    EXPECT_TRUE(permits_of(words).unticketed_all);
    words.replace(words.find("check_local_user"), 16, "user = mail\n  group = mail");
    const auto parameters = permits_of(words);
    EXPECT_FALSE(parameters.unticketed_all);
    EXPECT_EQ(std::ranges::count(parameters.unticketed_uids, process::find_user("mail")->uid), 1);
}

}
}
