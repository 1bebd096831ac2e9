#include "qmgr/retry_book.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace gp::qmgr {
namespace {

constexpr std::int64_t minute = 60, hour = 3600, day = 86400;

class RetryBookTest : public testing::Test {
protected:
    RetryBookTest() { open({"* * F,2h,15m; G,16h,1h,1.5; F,4d,6h"}); }

    void open(const std::vector<std::string>& rules, std::unique_ptr<hints::Store> store = nullptr)
    {
        book.reset();
        book = std::make_unique<RetryBook>(std::move(store), RetryRules::parse(rules, {}).take(),
                                           RetryBook::Settings{}, clock);
    }
    RetryVerdict fail(const std::string& which = "T:host.example:192.0.2.1:25", std::int64_t received = 0,
                      bool is_message_error = false)
    {
        return book->failed({.key = which,
                             .subject = "host.example",
                             .alternate = "domain.example",
                             .error_name = "refused_A",
                             .error_number = 111,
                             .text = "Connection refused",
                             .received = received ? received : clock.seconds(),
                             .is_message_error = is_message_error});
    }
    void pass(std::int64_t seconds) { clock.advance(std::chrono::seconds(seconds)); }

    ManualClock clock;
    std::unique_ptr<RetryBook> book;
    const std::string key = "T:host.example:192.0.2.1:25";
};

TEST_F(RetryBookTest, KeysAreExims)
{
    EXPECT_EQ(host_key("Mail.Example", "192.0.2.1", 25), "T:mail.example:192.0.2.1:25");
    EXPECT_EQ(host_key("Mail.Example", "192.0.2.1", 25, "192.0.2.9"), "T:mail.example:192.0.2.1:25/192.0.2.9");
    EXPECT_EQ(host_message_key("T:h:1:25", "16aiQz-0002Q5-00"), "T:h:1:25:16aiQz-0002Q5-00");
    EXPECT_EQ(routing_key("Dom.Example"), "R:dom.example");
    EXPECT_EQ(address_key("User@Dom.Example", "s@x"), "R:user@dom.example:<s@x>");
    EXPECT_EQ(domain_of("a@b@c.example"), "c.example");
}

// A look-up of a rule that could not be made gives nothing up, and is no reason to try ahead of time.
TEST_F(RetryBookTest, TriesSoonAgainWhileTheRuleIsNotKnown)
{
    open({"lsearch;/etc/rules * F,1s,1s", "* * F,2h,15m"});
    const auto verdict = fail(key, clock.seconds() - 30 * day);
    EXPECT_FALSE(verdict.timed_out);
    EXPECT_EQ(verdict.next_try, clock.seconds() + RetryBook::Settings{}.undecided);
    EXPECT_TRUE(book->waits(key));
    EXPECT_FALSE(book->past_cutoff({.key = key, .subject = "host.example", .error_name = "refused_A"}));
}

TEST_F(RetryBookTest, WaitsUntilTheTimeThatTheRuleGives)
{
    EXPECT_FALSE(book->waits(key));
    const auto verdict = fail();
    EXPECT_FALSE(verdict.timed_out);
    EXPECT_EQ(verdict.next_try, clock.seconds() + 15 * minute);
    EXPECT_TRUE(book->waits(key));
    pass(15 * minute);
    EXPECT_FALSE(book->waits(key));
}

TEST_F(RetryBookTest, SuccessForgetsAndTellsWhoWaits)
{
    fail();
    EXPECT_FALSE(book->recovered(RetryBook::mark(key)));
    book->succeeded("T:other");
    book->succeeded(key);
    EXPECT_FALSE(book->find(key));
    EXPECT_EQ(book->size(), 0u);
    EXPECT_TRUE(book->recovered(RetryBook::mark(key)));
    EXPECT_FALSE(book->recovered(RetryBook::mark("T:other")));
    book->forget_recovered();
    EXPECT_FALSE(book->recovered(RetryBook::mark(key)));
}

// Manual 32.10: at the cutoff of the last step the address is given up; a next time is still computed.
TEST_F(RetryBookTest, ExpiresAtTheLastCutoff)
{
    const auto first = clock.seconds();
    RetryVerdict verdict;
    int tries = 0;
    do {
        verdict = fail();
        ++tries;
        const auto wait = verdict.next_try - clock.seconds();
        ASSERT_GT(wait, 0);
        pass(wait);
    } while (!verdict.timed_out && tries < 1000);
    EXPECT_GT(clock.seconds() - first, 4 * day);
    EXPECT_LT(clock.seconds() - first, 5 * day);
    EXPECT_TRUE(book->find(key)->expired);
}

TEST_F(RetryBookTest, WithoutARuleNothingIsRetried)
{
    open({"elsewhere.example * F,1d,1h"});
    EXPECT_TRUE(fail().timed_out);
    EXPECT_FALSE(book->find(key));
}

// Manual 32.11: errors of a message count from its arrival, when that is earlier.
TEST_F(RetryBookTest, MessageErrorsCountFromTheArrivalOfTheMessage)
{
    const auto verdict = fail(key, clock.seconds() - 10 * hour, true);
    EXPECT_FALSE(verdict.timed_out);
    EXPECT_EQ(verdict.next_try - clock.seconds(), hour); // the second step applies already
    EXPECT_EQ(fail("T:other", clock.seconds() - 10 * hour, false).next_try - clock.seconds(), 15 * minute);
}

// Manual 32.11: a message older than the cutoff is tried before its time; when that fails it is given up, and
// other messages keep their time.
TEST_F(RetryBookTest, AnOldMessageIsTriedOnceMoreAndLeavesNoNewTime)
{
    const auto planned = fail().next_try;
    pass(minute);
    const auto received = clock.seconds() - 5 * day;
    EXPECT_TRUE(
        book->past_cutoff({.subject = "host.example", .error_name = "refused_A", .received = received}));
    const auto verdict = fail(key, received);
    EXPECT_TRUE(verdict.timed_out);
    EXPECT_EQ(book->find(key)->next_try, planned);
    EXPECT_FALSE(book->past_cutoff(
        {.subject = "host.example", .error_name = "refused_A", .received = clock.seconds()}));
}

// Manual 32.9: data that nobody has renewed for retry_data_expire is not believed.
TEST_F(RetryBookTest, OldDataIsNotBelieved)
{
    fail();
    pass(7 * day + 1);
    EXPECT_FALSE(book->find(key));
    EXPECT_EQ(fail().next_try - clock.seconds(), 15 * minute); // as if for the first time
    pass(8 * day);
    book->tidy(10);
    EXPECT_EQ(book->size(), 0u);
}

TEST_F(RetryBookTest, KeepsItsRecordsOverARestart)
{
    char folder[] = "/tmp/gp_book_XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    const std::string path = std::string(folder) + "/retry";
    open({"* * F,2h,15m"}, hints::Store::open(path).take());
    fail();
    open({"* * F,2h,15m"}, nullptr); // the old one is closed
    open({"* * F,2h,15m"}, hints::Store::open(path).take());
    EXPECT_EQ(book->size(), 1u);
    ASSERT_TRUE(book->waits(key));
    const auto record = *book->find(key);
    EXPECT_EQ(record.error_name, "refused_A");
    EXPECT_EQ(record.error_number, 111);
    EXPECT_EQ(record.text, "Connection refused");
    book->succeeded(key);
    book.reset();
    open({"* * F,2h,15m"}, hints::Store::open(path).take());
    EXPECT_EQ(book->size(), 0u);
    book.reset();
    std::filesystem::remove_all(folder);
}

TEST_F(RetryBookTest, WithoutAFileItsMemoryIsBounded)
{
    book = std::make_unique<RetryBook>(nullptr, RetryRules::parse({"* * F,1d,1h"}, {}).take(),
                                       RetryBook::Settings{.without_store = 10}, clock);
    for (int i = 0; i < 100; ++i)
        fail("T:host" + std::to_string(i));
    EXPECT_LE(book->size(), 100u);
    EXPECT_TRUE(book->waits("T:host3"));
    EXPECT_FALSE(book->waits("T:host50"));
}

TEST_F(RetryBookTest, AGuestsBookHasWhatTheHostsHasAndTellsIt)
{
    auto& host = *book;
    for (const char* each : {"T:b", "T:a", "T:c"})
        fail(each);
    RetryBook guest{nullptr, host.rules(), {}, clock};
    std::string after;
    for (auto page = host.page(after, 2); !page.empty(); page = host.page(after, 2)) {
        EXPECT_LE(page.size(), 2u);
        for (const auto& [each, value] : page)
            guest.put(each, value);
        after = page.back().first;
    }
    EXPECT_EQ(guest.size(), 3u);
    EXPECT_TRUE(guest.waits("T:b"));
    guest.on_change = [&](const std::string& each, const std::string& value) { host.put(each, value); };
    guest.succeeded("T:b");
    guest.failed({.key = "T:d", .subject = "host.example", .error_name = "refused_A"});
    EXPECT_FALSE(host.find("T:b"));
    EXPECT_TRUE(host.waits("T:d"));
    host.put("T:e", "rubbish");
    EXPECT_FALSE(host.find("T:e"));
}

}
}
