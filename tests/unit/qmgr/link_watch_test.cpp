#include "qmgr/link_watch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "qmgr/retry_book.h"

namespace gp::qmgr {
namespace {

constexpr std::int64_t minute = 60, hour = 3600, day = 86400;

class LinkWatchTest : public testing::Test {
protected:
    LinkWatchTest() { open(); }

    void open(std::unique_ptr<hints::Store> store = nullptr)
    {
        book.reset();
        link = std::make_unique<LinkWatch>(settings, clock, std::move(store));
        book = std::make_unique<RetryBook>(nullptr, RetryRules::parse({"* * F,2h,15m; F,4d,6h"}, {}).take(), RetryBook::Settings{}, clock);
        book->watch(*link);
    }
    static std::string address(int host) { return "192.0." + std::to_string(host) + ".1"; }
    static std::string key(int host) { return "T:mx" + std::to_string(host) + ":25"; }
    RetryVerdict fail(int host, std::int64_t received, bool unreached = true)
    {
        const auto domain = "d" + std::to_string(host) + ".example", at = address(host);
        return book->failed({.key = key(host),
                             .subject = "mx.example",
                             .alternate = domain,
                             .error_name = "timeout_connect_MX",
                             .error_number = ETIMEDOUT,
                             .text = "Connection timed out",
                             .received = received,
                             .is_unreached = unreached,
                             .address = at});
    }
    bool past_cutoff(std::int64_t received)
    {
        return book->past_cutoff({.key = key(1), .subject = "mx.example", .error_name = "refused", .received = received});
    }
    void fail_all(int from = 1, int to = 5)
    {
        for (int host = from; host <= to; ++host)
            fail(host, clock.seconds());
    }
    void pass(std::int64_t seconds) { clock.advance(std::chrono::seconds(seconds)); }
    void go_out() // takes ten minutes and a second
    {
        pass(1);
        fail_all();
        pass(10 * minute);
        fail_all();
    }

    ManualClock clock;
    LinkWatch::Settings settings{.inner = {"127.0.0.0/8", "10.0.0.0/8"}};
    std::unique_ptr<LinkWatch> link;
    std::unique_ptr<RetryBook> book;
};

TEST_F(LinkWatchTest, ManyThatBeginToFailWhileNobodyAnswersAreOurLink)
{
    pass(1);
    fail_all();
    EXPECT_FALSE(link->is_out()) << "not before link_outage_after";
    pass(10 * minute);
    fail(1, clock.seconds());
    EXPECT_TRUE(link->is_out());
    pass(hour);
    EXPECT_EQ(link->outage_since(0), hour + 10 * minute);
    link->reached("198.51.100.1");
    EXPECT_FALSE(link->is_out());
    EXPECT_EQ(link->outage_since(0), hour + 10 * minute);
    EXPECT_EQ(link->outage_since(clock.seconds() - minute), minute);
    EXPECT_EQ(link->outage_since(clock.seconds()), 0);
}

TEST_F(LinkWatchTest, FewAreNot)
{
    pass(1);
    fail_all(1, 4);
    pass(hour);
    fail_all(1, 4);
    EXPECT_FALSE(link->is_out());
}

TEST_F(LinkWatchTest, OneNetworkIsNot)
{
    pass(1);
    for (int domain = 0; domain < 20; ++domain)
        link->unreached("d" + std::to_string(domain), "192.0.2." + std::to_string(domain + 1), clock.seconds());
    pass(hour);
    link->unreached("d1", "192.0.2.2", clock.seconds());
    EXPECT_FALSE(link->is_out()) << "a provider's outage";
}

TEST_F(LinkWatchTest, OneAnswerEndsTheSuspicion)
{
    pass(1);
    fail_all();
    link->reached("198.51.100.1");
    pass(hour);
    fail_all();
    EXPECT_FALSE(link->is_out()) << "those had begun to fail before somebody answered: the fault is theirs";
}

TEST_F(LinkWatchTest, WhoAnswersOnThisSideOfTheLinkDoesNotCount)
{
    pass(1);
    fail_all();
    pass(10 * minute);
    link->reached("127.0.0.1");
    link->reached("10.1.2.3");
    link->reached("");
    for (int host = 1; host < 9; ++host)
        link->unreached("inner" + std::to_string(host), "10." + std::to_string(host) + ".0.1", clock.seconds());
    EXPECT_FALSE(link->is_out()) << "nor who does not";
    fail(1, clock.seconds());
    EXPECT_TRUE(link->is_out());
    link->reached("127.0.0.1");
    EXPECT_TRUE(link->is_out());
}

TEST_F(LinkWatchTest, WithoutAnswersOfTheDnsThereIsNoAddressToCount)
{
    pass(1);
    for (int domain = 0; domain < 5; ++domain)
        link->unreached("d" + std::to_string(domain), {}, clock.seconds());
    pass(10 * minute);
    link->unreached("d1", {}, clock.seconds());
    EXPECT_TRUE(link->is_out());
}

TEST_F(LinkWatchTest, NothingIsGivenUpForTheTimeOfAnOutage)
{
    const auto received = clock.seconds();
    pass(3 * day);
    go_out();
    pass(5 * day);
    EXPECT_FALSE(fail(1, received).timed_out) << "the message and the failure are older than the cutoff, and it is our fault";
    EXPECT_FALSE(past_cutoff(received));
    pass(hour);
    link->reached("198.51.100.1");
    EXPECT_FALSE(past_cutoff(received));
    EXPECT_FALSE(fail(1, received).timed_out) << "nor is it afterwards, at a host that is late";
    pass(day + hour);
    EXPECT_TRUE(past_cutoff(received)) << "but the other time counts";
    EXPECT_TRUE(fail(2, received).timed_out);
}

TEST_F(LinkWatchTest, WithoutTheWatchItIsGivenUp)
{
    settings.hosts = 0;
    open();
    const auto received = clock.seconds();
    go_out();
    pass(4 * day);
    EXPECT_FALSE(link->is_out());
    EXPECT_TRUE(fail(1, received).timed_out);
}

TEST_F(LinkWatchTest, TriesOftenMeanwhileAndAtOnceAfterwards)
{
    go_out();
    pass(3 * hour);
    EXPECT_LE(fail(1, clock.seconds()).next_try, clock.seconds() + 15 * minute) << "the rule has six hours by now";
    EXPECT_TRUE(book->waits(key(1)));
    bool told = false;
    link->on_return = [&told, then = std::move(link->on_return)] {
        then();
        told = true;
    };
    pass(minute);
    link->reached("198.51.100.1");
    EXPECT_TRUE(told);
    EXPECT_TRUE(book->recovered(RetryBook::mark(key(1))));
    EXPECT_FALSE(book->waits(key(1)));
}

TEST_F(LinkWatchTest, AnOutageWithoutEndIsNone)
{
    settings.most = day;
    open();
    const auto received = clock.seconds();
    go_out();
    pass(2 * day);
    EXPECT_FALSE(fail(1, received).timed_out);
    EXPECT_FALSE(link->is_out());
    EXPECT_EQ(link->outage_since(0), day);
    fail_all(11, 16);
    pass(10 * minute);
    fail_all(11, 16);
    EXPECT_FALSE(link->is_out()) << "not again before somebody answers";
    pass(3 * day);
    EXPECT_TRUE(fail(1, received).timed_out);
    link->reached("198.51.100.1");
    go_out();
    EXPECT_FALSE(link->is_out()) << "the same hosts prove nothing";
    pass(1);
    fail_all(21, 26);
    pass(10 * minute);
    fail_all(21, 26);
    EXPECT_TRUE(link->is_out());
}

TEST_F(LinkWatchTest, OutlivesTheProcess)
{
    std::string directory = "/tmp/link_watch_XXXXXX";
    ASSERT_TRUE(::mkdtemp(directory.data()));
    const auto store = [&] { return hints::Store::open(directory + "/outages").take(); };
    open(store());
    go_out();
    pass(hour);
    open();
    open(store());
    EXPECT_TRUE(link->is_out());
    EXPECT_EQ(link->outage_since(0), hour + 10 * minute);
    link->reached("198.51.100.1");
    pass(hour);
    open();
    open(store());
    EXPECT_FALSE(link->is_out());
    EXPECT_EQ(link->outage_since(0), hour + 10 * minute);
    open();
    std::filesystem::remove_all(directory);
}

TEST_F(LinkWatchTest, BelievesNoNonsenseInItsFile)
{
    std::string directory = "/tmp/link_watch_XXXXXX";
    ASSERT_TRUE(::mkdtemp(directory.data()));
    {
        auto store = hints::Store::open(directory + "/outages").take();
        store->put("outages", "5 3 99999999999999999999 x");
        store->put("state", "9999999999 17 1");
        open(std::move(store));
        EXPECT_FALSE(link->is_out());
        EXPECT_EQ(link->outage_since(0), 0);
    }
    open();
    std::filesystem::remove_all(directory);
}

}
}
