// Filters as redirection data: what the redirect router makes of what they ask for.
#include "router/marks_protocol.h"
#include "router/system_filter.h"
#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

struct Case {
    const char* name;
    const char* options;
    const char* filter;
    const char* outcome; // of u@test.ex
};
class Filter : public testing::TestWithParam<Case> {};

std::string configuration(const std::string& options, const std::string& data)
{
    return "qualify_domain = q.ex\nbegin routers\nr1:\n  driver = redirect\n  local_parts = u\n" + data + options +
           "r2:\n  driver = accept\n  transport = file\n";
}

TEST_P(Filter, DoesWhatItAsksFor)
{
    House house{configuration("  user = nobody\n" + std::string(GetParam().options), "  data = \"" + std::string(GetParam().filter) + "\"\n")};
    ASSERT_EQ(house.refused(), "");
    EXPECT_EQ(house.route("u@test.ex"), GetParam().outcome);
}

constexpr const char* allowed = "  allow_filter\n  pipe_transport = pipe\n  file_transport = file\n";

// clang-format off
INSTANTIATE_TEST_SUITE_P(, Filter, testing::Values(
    Case{"not_allowed", "", "#Exim filter\\nfinish", "u@test.ex: r1 deferred: error in filter data: filtering not enabled\n"},
    Case{"deliver", allowed, "#Exim filter\\ndeliver a@b.ex", "a@b.ex: r2 > file\n"},
    Case{"nothing_significant", allowed, "#Exim filter\\nfinish", "u@test.ex: r2 > file\n"},
    Case{"unseen_goes_on", allowed, "#Exim filter\\nunseen deliver a@b.ex", "u@test.ex: r2 > file\na@b.ex: r2 > file\n"},
    Case{"unseen_overrides_no_more", "  allow_filter\n  no_more\n", "#Exim filter\\nunseen noerror deliver a@b.ex",
         "u@test.ex: r2 > file\na@b.ex: r2 > file\n"},
    Case{"seen_finish", allowed, "#Exim filter\\nseen finish", "u@test.ex: r1 discarded: discarded\n"},
    Case{"save", allowed, "#Exim filter\\nsave /tmp/x", "/tmp/x: r1 > file\n"},
    Case{"save_forbidden", "  allow_filter\n  forbid_file\n", "#Exim filter\\nsave /tmp/x",
         "u@test.ex: r1 deferred: error in filter data: filtering command \"save\" is disabled: near line 2 of filter file\n"},
    Case{"pipe", allowed, "#Exim filter\\npipe /bin/cat", "|/bin/cat: r1 > pipe\n"},
    Case{"no_reply_transport", "  allow_filter\n", "#Exim filter\\nmail to a@b.ex", "u@test.ex: r2 > file\n>a@b.ex: r1 deferred: reply_transport unset in r1 router\n"},
    Case{"fail", "  allow_filter\n  allow_fail\n", "#Exim filter\\nfail text never", "u@test.ex: r1 failed: never\n"},
    Case{"exim_forbidden", "  allow_filter\n  forbid_exim_filter\n", "#Exim filter\\nfinish", "u@test.ex: r1 deferred: error in filter data: Exim filtering not enabled\n"},
    Case{"bad_word", allowed, "#Exim filter\\njunk", "u@test.ex: r1 deferred: error in filter data: unknown filtering command \"junk\" near line 2 of filter file\n"},
    Case{"bad_word_skipped", "  allow_filter\n  skip_syntax_errors\n", "#Exim filter\\njunk", "u@test.ex: r2 > file\n"},
    Case{"sieve_keeps_in_the_inbox", allowed, "# Sieve filter\\nkeep;", "inbox: r1 > file\n"},
    Case{"sieve_discard", allowed, "# Sieve filter\\ndiscard;", "u@test.ex: r1 discarded: discarded\n"},
    Case{"sieve_redirect", allowed, "# Sieve filter\\nredirect \\\"a@b.ex\\\";", "a@b.ex: r2 > file\n"}),
    [](const auto& instance) { return std::string(instance.param.name); });
// clang-format on

// It is routed as a child of itself, from the first router on; the one that ran the filter passes over it.
TEST(AFilterThatSettlesNothing, LetsItsAddressBeginAnew)
{
    House house{"begin routers\nfirst:\n  driver = redirect\n  data =\n  address_data = $address_data-first\n"
                "filter:\n  driver = redirect\n  local_parts = u\n  user = nobody\n  allow_filter\n  address_data = $address_data-filter\n"
                "  data = ${if eq{$local_part}{u}{#Exim filter\\nunseen deliver v@test.ex}}\n"
                "last:\n  driver = accept\n  transport = file\n  address_data = $address_data-last\n"};
    ASSERT_EQ(house.refused(), "");
    const auto routed = house.routed("u@test.ex");
    ASSERT_EQ(routed.deliveries.size(), 2u);
    for (const auto& delivery : routed.deliveries)
        EXPECT_EQ(delivery.parent, "u@test.ex");
    EXPECT_EQ(routed.address_data.text, "-first-filter-first-last");
}

// noerror is about reports alone: the return path stays what it was.
TEST(FilterOfAUser, NobodyHearsOfWhatNoerrorDelivers)
{
    House house{configuration(std::string("  user = nobody\n") + allowed, "  data = \"#Exim filter\\nunseen noerror deliver a@b.ex\"\n")};
    const auto routed = house.routed("u@test.ex");
    ASSERT_EQ(routed.deliveries.size(), 2u);
    for (const auto& delivery : routed.deliveries) {
        EXPECT_EQ(delivery.return_path, "");
        const bool is_marked = std::ranges::find(delivery.options, noerror_mark, &Option::name) != delivery.options.end();
        EXPECT_EQ(is_marked, delivery.address == "a@b.ex");
    }
}

// When the configuration is checked, and not first when a message freezes.
TEST(TheSystemFilter, IsRefusedWhenItWritesALog)
{
    test::TempDir directory;
    const auto path = directory / "filter";
    const House house{"system_filter = " + path + "\n" + configuration("", "  data = a@b.ex\n")};
    ASSERT_EQ(house.refused(), "");
    const auto& filter = *house.world().system_filter();
    EXPECT_TRUE(filter.check()) << "it is not there yet";
    write_file(directory, "filter", "# Exim filter\nlogfile /var/log/x\nlogwrite y\n");
    const auto checked = filter.check();
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().text.find("system_filter: " + path + ": filtering command \"logfile\" is disabled: near line 2"), std::string::npos)
        << checked.error().text;
    write_file(directory, "filter", "# Exim filter\njunk\n");
    EXPECT_TRUE(filter.check()) << "what is no filter freezes messages, as in Exim";
}

// What router may read and the user may not.
TEST(FilterOfAUser, ReadsNoFileWithOurRights)
{
    test::TempDir directory;
    const auto path = write_file(directory, "forward", "# Exim filter\nif ${readfile{/etc/hostname}} is x then finish endif\n");
    ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
    House house{configuration("  user = nobody\n  allow_filter\n", "  file = " + path + "\n")};
    EXPECT_NE(house.route("u@test.ex").find("u@test.ex: r1 deferred: error in filter file: failed to expand"), std::string::npos);
}

TEST(FilterOfAUser, MayBeARootsToReadFiles)
{
    test::TempDir directory;
    const auto path = write_file(directory, "forward", "# Exim filter\nif ${readfile{/etc/passwd}} contains root then deliver a@b.ex endif\n");
    House house{configuration("  user = nobody\n  allow_filter\n", "  file = " + path + "\n")};
    EXPECT_EQ(house.route("u@test.ex"), "a@b.ex: r2 > file\n");
}

}
}
