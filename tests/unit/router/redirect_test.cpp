#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

struct Case {
    const char* name;
    const char* options;
    const char* data;
    const char* outcome; // of u@test.ex, as Exim's -bt and logs have it
};
class Redirect : public testing::TestWithParam<Case> {};

std::string configuration(const std::string& options, const std::string& data)
{
    return "qualify_domain = q.ex\nbegin routers\nr1:\n  driver = redirect\n  local_parts = u\n  data = " + data + "\n" + options +
           "r2:\n  driver = accept\n  transport = file\n";
}
constexpr const char* with_transports = "  pipe_transport = pipe\n  file_transport = file\n";

TEST_P(Redirect, DoesAsEximDoes)
{
    House house{configuration(GetParam().options, GetParam().data)};
    EXPECT_EQ(house.route("u@test.ex"), GetParam().outcome);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(, Redirect, testing::Values(
    Case{"address", "", "a@b.ex", "a@b.ex: r2 > file\n"},
    Case{"nothing", "", "", "u@test.ex: r2 > file\n"},
    Case{"comment", "", "#comment", "u@test.ex: r2 > file\n"},
    Case{"pipe", with_transports, "|/bin/cat", "|/bin/cat: r1 > pipe\n"},
    Case{"pipe_forbidden", "  pipe_transport = pipe\n  forbid_pipe\n", "|/bin/cat", "|/bin/cat: r1 failed: delivery to pipe forbidden\n"},
    Case{"file_forbidden", "  file_transport = file\n  forbid_file\n", "/tmp/x", "/tmp/x: r1 failed: delivery to file forbidden\n"},
    Case{"no_pipe_transport", "", "|/bin/cat", "|/bin/cat: r1 deferred: pipe_transport unset in r1 router\n"},
    Case{"no_file_transport", "", "/tmp/x", "/tmp/x: r1 deferred: file_transport unset in r1 router\n"},
    Case{"no_directory_transport", "", "/tmp/x/", "/tmp/x/: r1 deferred: directory_transport unset in r1 router\n"},
    Case{"transport_by_expansion", "  file_transport = ${if eq{$local_part}{u}{file}{pipe}}\n", "/tmp/x", "/tmp/x: r1 > file\n"},
    Case{"blackhole_forbidden", "  forbid_blackhole\n", ":blackhole:", "u@test.ex: r1 deferred: error in redirect data: \":blackhole:\" is not permitted\n"},
    Case{"blackhole_beside_others", "", "a, :blackhole:", "u@test.ex: r1 discarded\n"},
    Case{"dev_null_beside_others", with_transports, "a, /dev/null", "a@q.ex: r2 > file\n/dev/null: r1 discarded\n"},
    Case{"dev_null_forbidden", "  file_transport = file\n  forbid_file\n", "/dev/null", "/dev/null: r1 failed: delivery to file forbidden\n"},
    Case{"line_behind_a_comment", "  skip_syntax_errors\n", "\"@@b.ex (bad)\\nc@d.ex\\n(no address)\"", "c@d.ex: r2 > file\n"},
    Case{"fail_not_permitted", "", ":fail: gone", "u@test.ex: r1 deferred: error in redirect data: \":fail: gone\" is not permitted\n"},
    Case{"fail_beside_others", "  allow_fail\n", "a, :fail: no, never", "a@q.ex: r2 > file\nu@test.ex: r1 failed: no, never\n"},
    Case{"fail_with_code", "  allow_fail\n", ":fail: 550 5.1.1 no", "u@test.ex: r1 failed: 550 5.1.1 no\n"},
    Case{"fail_without_code", "  allow_fail\n  forbid_smtp_code\n", ":fail: 550 5.1.1 no", "u@test.ex: r1 failed: no\n"},
    Case{"defer", "  allow_defer\n", ":defer: later", "u@test.ex: r1 deferred: later\n"},
    Case{"unknown_beside_others", "", "a, :unknown:", "a@q.ex: r2 > file\n"},
    Case{"unknown", "", ":unknown:", "u@test.ex: r2 > file\n"},
    Case{"unknown_with_more", "", ":unknown: x", "u@test.ex: r1 deferred: error in redirect data: missing or malformed local part (expected word or \"<\") in \":unknown: x\"\n"},
    Case{"specials_have_no_capitals", "", ":BlackHole:", "u@test.ex: r1 deferred: error in redirect data: missing or malformed local part (expected word or \"<\") in \":BlackHole:\"\n"},
    Case{"include_without_name", "", ":include:", "u@test.ex: r1 deferred: error in redirect data: file name missing after :include:\n"},
    Case{"no_such_special", "", ":junk: gone", "u@test.ex: r1 deferred: error in redirect data: missing or malformed local part (expected word or \"<\") in \":junk: gone\"\n"},
    Case{"include_missing", "", ":include:/nonexist", "u@test.ex: r1 deferred: error in redirect data: failed to open included file /nonexist: No such file or directory\n"},
    Case{"include_relative", "", ":include:rel", "u@test.ex: r1 deferred: error in redirect data: included file \"rel\" is not an absolute path\n"},
    Case{"include_elsewhere", "  include_directory = /etc\n", ":include:/tmp/x", "u@test.ex: r1 deferred: error in redirect data: included file /tmp/x is not in directory /etc\n"},
    Case{"include_forbidden", "  forbid_include\n", ":include:/tmp/x", "u@test.ex: r1 deferred: error in redirect data: included files not permitted\n"},
    Case{"bad_address", "", "c d", "u@test.ex: r1 deferred: error in redirect data: missing or malformed local part (expected word or \"<\") in \"c d\"\n"},
    Case{"bad_address_skipped", "  skip_syntax_errors\n", "c d, e@f.ex", "e@f.ex: r2 > file\n"},
    Case{"all_skipped", "  skip_syntax_errors\n", "c d", "u@test.ex: r2 > file\n"},
    Case{"backslash", "", "\\\\a", "a@test.ex: r2 > file\n"},
    Case{"backslash_with_domain", "", "\\\\a@b.ex", "\\a@b.ex: r2 > file\n"},
    Case{"backslash_before_a_quote", "", "\\\\\\\"a@b.ex", "\\\"a@b.ex: r2 > file\n"},
    Case{"quotes_around_an_address", "", "\"\\\"a@b.ex\\\"\"", "a@b.ex: r2 > file\n"},
    Case{"quotes_around_nothing", "", "\"\\\"\\\", a\"", "a@q.ex: r2 > file\n"},
    Case{"quotes_inside_a_quoted_pipe", with_transports, "\"\\\"|a\\\" b \\\"c\\\"\"", "|a\" b \"c: r1 > pipe\n"},
    Case{"unquoted_blanks", "", "\"\\\"a b\\\"\"", "u@test.ex: r1 deferred: error in redirect data: missing or malformed local part (expected word or \"<\") in \"a b\"\n"},
    Case{"bar_that_begins_an_address", with_transports, "|x@b.ex", "|x@b.ex: r2 > file\n"},
    Case{"path_that_is_no_address", with_transports, "/a x@b.ex", "/a x@b.ex: r1 > file\n"},
    Case{"colon_alone", "", ":", "u@test.ex: r2 > file\n"},
    Case{"comment_without_end", "", "(a(b c) x@y.ex", "u@test.ex: r2 > file\n"},
    Case{"fail_takes_further_lines", "  allow_fail\n", "\":fail: a, b\\nc\"", "u@test.ex: r1 failed: a, b\nc\n"},
    Case{"fail_not_permitted_up_to_the_comma", "", ":fail: a, b", "u@test.ex: r1 deferred: error in redirect data: \":fail: a\" is not permitted\n"},
    Case{"defer_takes_others_with_it", "  allow_defer\n", "a, :defer: later", "u@test.ex: r1 deferred: later\n"},
    Case{"specials_are_not_skipped", "  skip_syntax_errors\n", ":fail: x", "u@test.ex: r1 deferred: error in redirect data: \":fail: x\" is not permitted\n"},
    Case{"include_is_not_skipped", "  skip_syntax_errors\n  forbid_include\n", "a, :include:/x", "u@test.ex: r1 deferred: error in redirect data: included files not permitted\n"},
    Case{"include_takes_no_quotes", "", "\":include:\\\"/x\\\"\"", "u@test.ex: r1 deferred: error in redirect data: included file \"\"/x\"\" is not an absolute path\n"},
    Case{"include_of_a_folder", "", ":include:/etc", "u@test.ex: r1 deferred: error in redirect data: error while reading included file /etc: Is a directory\n"},
    Case{"include_missing_in_a_directory", "  include_directory = /etc\n", ":include:/etc/nonexist", "u@test.ex: r1 deferred: error in redirect data: failed to open /etc/nonexist (component of included file); could be symbolic link\n"},
    Case{"filter_not_allowed_skipped", "  skip_syntax_errors\n", "\"#Exim filter\\n\"", "u@test.ex: r2 > file\n"},
    Case{"preserve_domain", "  qualify_preserve_domain\n", "b", "b@test.ex: r2 > file\n"},
    Case{"qualify_domain", "  qualify_domain = zz.$domain\n", "b", "b@zz.test.ex: r2 > file\n"},
    Case{"qualify_domain_fails", "  qualify_domain = ${if eq{a}{b}{x}fail}\n", "b", "u@test.ex: r2 > file\n"}),
    [](const auto& tested) { return std::string(tested.param.name); });
// clang-format on

TEST(RedirectRewriting, AppliesToWhatIsGeneratedUnlessSwitchedOff)
{
    const std::string rules = "begin rewrite\n*@old.ex $1@new.ex T\n";
    EXPECT_EQ(House(configuration("", "a@old.ex") + rules).route("u@test.ex"), "a@new.ex: r2 > file\n");
    EXPECT_EQ(House(configuration("  no_rewrite\n", "a@old.ex") + rules).route("u@test.ex"), "a@old.ex: r2 > file\n");
}

class RedirectFile : public testing::Test {
protected:
    std::string route(const std::string& options, const std::string& path)
    {
        House house{"qualify_domain = q.ex\nbegin routers\nr1:\n  driver = redirect\n  local_parts = u\n  file = " + path + "\n" +
                    options + "r2:\n  driver = accept\n  transport = file\n"};
        return house.route("u@test.ex");
    }
    test::TempDir directory_;
};

TEST_F(RedirectFile, IsReadAsAList)
{
    const auto path = write_file(directory_, "forward", "# a comment\na@x.ex,\nb@x.ex\n");
    EXPECT_EQ(route("", path), "a@x.ex: r2 > file\nb@x.ex: r2 > file\n");
}

TEST_F(RedirectFile, ThatIsMissingDeclinesButAMissingFolderDefers)
{
    EXPECT_EQ(route("", directory_ / "none"), "u@test.ex: r2 > file\n");
    EXPECT_NE(route("", directory_ / "no/such/none").find("deferred: failed to stat"), std::string::npos);
    EXPECT_EQ(route("  ignore_enotdir\n", directory_ / "no/such/none"), "u@test.ex: r2 > file\n");
}

TEST_F(RedirectFile, MustHaveModeOwnerAndGroupThatAreAllowed)
{
    const auto path = write_file(directory_, "forward", "a@x.ex\n", 0622);
    EXPECT_NE(route("", path).find("deferred"), std::string::npos);
    EXPECT_EQ(route("  modemask = 0\n", path), "a@x.ex: r2 > file\n");
    EXPECT_NE(route("  modemask = 0\n  owners = 54321\n", path).find("bad owner"), std::string::npos);
    EXPECT_NE(route("  modemask = 0\n  owngroups = 54321\n", path).find("bad group"), std::string::npos);
    EXPECT_EQ(route("  modemask = 0\n  owngroups = 54321\n  no_check_group\n", path), "a@x.ex: r2 > file\n");
}

}
}
