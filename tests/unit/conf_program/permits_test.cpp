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

TEST(ThePatternOfAText, KnowsWhereAHeadersNameEnds)
{
    EXPECT_EQ(pattern_of("/v/$h_subject:x", home), "/v/" + anything + "x");
    EXPECT_EQ(pattern_of("/v/$h_x-spam: y", home), "/v/" + anything + " y");
}

TEST(Permits, HoldTheFolderOfAProgram)
{
    auto words = std::string(text);
    words.replace(words.find("/usr/bin/thing -x $local_part"), 29, "/usr/lib/x/$local_part -f$sender_address");
    EXPECT_EQ(permits_of(words).transports[1].command, (std::vector<std::string>{"/usr/lib/x/" + segment, anything}));
}

std::string routed_by(const std::string& options)
{
    auto words = std::string(text);
    return words.replace(words.find("  check_local_user\n  file"), 19, options + "\n");
}

TEST(Permits, KnowNothingOfTheHomeWhenAnotherUserReads)
{
    const auto file_of = [](const std::string& words) {
        const auto parameters = permits_of(words);
        const auto found = std::ranges::find(parameters.files, true, &launcher::FilePermit::interprets);
        return found == parameters.files.end() ? std::string("none") : found->pattern;
    };
    EXPECT_EQ(file_of(routed_by("  check_local_user\n  user = mail\n  group = mail")), anything + "/.forward");
    EXPECT_EQ(file_of(routed_by("  check_local_user\n  user = ${lookup{x}lsearch{/x}}")), anything + "/.forward");
    EXPECT_EQ(file_of(routed_by("  check_local_user\n  user = $local_part_data")), home + "/.forward");
    EXPECT_EQ(file_of(routed_by("  check_local_user\n  user = mail\n  group = mail\n  router_home_directory = /srv/x")), "/srv/x/.forward");
    const auto directory_of = [](const std::string& words) {
        const auto parameters = permits_of(words);
        return std::ranges::find(parameters.transports[0].options, "directory", &launcher::OptionPermit::name)->patterns;
    };
    const auto with = [](const std::string& before, const std::string& more) {
        auto words = std::string(text);
        return words.insert(words.find(before), more);
    };
    EXPECT_EQ(directory_of(with("  transport = maildir", "  user = mail\n  group = mail\n")), std::vector<std::string>{anything + "/Maildir"});
    EXPECT_EQ(directory_of(with("  directory = $home", "  user = mail\n  group = mail\n")), std::vector<std::string>{anything + "/Maildir"});
    EXPECT_EQ(directory_of(with("  file = $home", "  user = mail\n  group = mail\n")), std::vector<std::string>{home + "/Maildir"})
        << "that router does not lead there";
}

TEST(Permits, NameTheGroups)
{
    const auto mail = *process::find_group("mail");
    EXPECT_TRUE(permits_of(std::string(text)).also_gids.empty());
    EXPECT_FALSE(permits_of(std::string(text)).any_gid);
    const auto named = permits_of(routed_by("  check_local_user\n  group = mail"));
    EXPECT_EQ(named.also_gids, std::vector<std::uint32_t>{mail});
    EXPECT_FALSE(named.any_gid);
    EXPECT_TRUE(permits_of(routed_by("  check_local_user\n  group = ${if eq{a}{b}{mail}{users}}")).any_gid);
    EXPECT_EQ(permits_of(routed_by("  check_local_user\n  require_files = daemon,mail:/etc/passwd")).also_gids, std::vector<std::uint32_t>{mail});
}

TEST(Permits, HaveTheWordsOfAQueryprogram)
{
    const auto mail = process::find_user("mail");
    const auto parameters = permits_of(R"(
begin routers
asks:
  driver = queryprogram
  command = /bin/sh /etc/exim/route.sh $local_part
  command_user = mail
  current_directory = /tmp
)");
    ASSERT_EQ(parameters.queries.size(), 1u);
    const auto& query = parameters.queries[0];
    EXPECT_EQ(query.words, (std::vector<std::string>{"/bin/sh", "/etc/exim/route.sh", anything}));
    EXPECT_EQ(query.uid, mail->uid);
    EXPECT_EQ(query.gid, mail->gid);
    EXPECT_EQ(query.directory, "/tmp");
}

TEST(Permits, LetRouterWriteLogsOnlyForFiltersThatAreNoFiles)
{
    EXPECT_TRUE(permits_of(routed_by("  user = mail\n  group = mail")).journal_uids.empty());
    auto words = routed_by("  user = mail\n  group = mail");
    words.replace(words.find("file = $home/.forward"), 21, "data = #Exim filter\\nfinish\\n");
    EXPECT_EQ(permits_of(words).journal_uids.size(), 1u);
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
