#include "common/mainlog/totals.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/mainlog/totals_file.h"

namespace gp::mainlog {
namespace {

constexpr std::int64_t second = 1'000'000;
const std::string id = "16ZCW1-0005MB-00"; // begins with the seconds since 1970, in base 62

std::int64_t time_of_id()
{
    std::int64_t seconds = 0;
    for (const char c : id.substr(0, 6))
        seconds = seconds * 62 + (c <= '9' ? c - '0' : c <= 'Z' ? c - 'A' + 10 : c - 'a' + 36);
    return seconds * second;
}

Totals of(const std::vector<std::string>& events, std::int64_t after = 0)
{
    Totals totals;
    for (const auto& event : events)
        totals.count(id + " " + event, time_of_id() + after);
    return totals;
}

TEST(Totals, WhatStrangersQuoteIsNoField)
{
    const auto totals = of({"<= \"a X=1 b\"@x.example H=h [192.0.2.1] P=esmtp S=5", "=> \"x T=evil H=y X=z\"@y.example R=r T=local_delivery",
                            "== b@y.example R=r T=smtp: later"});
    EXPECT_EQ(totals["tls_messages_total{direction=\"in\"}"], 0u);
    EXPECT_EQ(totals["tls_messages_total{direction=\"out\"}"], 0u);
    EXPECT_EQ(totals["transport_delivered_total{transport=\"local_delivery\"}"], 1u);
    EXPECT_EQ(totals["transport_deferred_total{transport=\"smtp\"}"], 1u);
    EXPECT_EQ(totals.text().find("evil"), std::string::npos);
}

TEST(Totals, CountOutcomesBySign)
{
    const auto totals = of({"<= a@x.example H=h [192.0.2.1] P=esmtps X=TLS1.3 S=5", "=> b@y.example R=r T=smtp H=y [192.0.2.2] X=TLS1.3 C=\"250 ok\"",
                            "-> c@y.example R=r T=smtp H=y [192.0.2.2] C=\"250 ok\"", "=> :blackhole: <d@x.example> R=hole",
                            "== e@y.example R=r T=smtp defer (-44) H=y [192.0.2.2]: SMTP error from remote mail server after RCPT TO:<e@y.example>: 451 later",
                            "** f@y.example R=r T=smtp H=y [192.0.2.2]: SMTP error from remote mail server after RCPT TO:<f@y.example>: 550 no",
                            "== g@z.example R=r T=smtp defer (111) H=z [192.0.2.3]: Connection refused", "*> h@x.example", "Completed"});
    const auto number = [&](const std::string& name) { return totals[name]; };
    EXPECT_EQ(number("messages_received_total"), 1u);
    EXPECT_EQ(number("messages_completed_total"), 1u);
    EXPECT_EQ(number("addresses_total{outcome=\"delivered\"}"), 2u);
    EXPECT_EQ(number("addresses_total{outcome=\"discarded\"}"), 1u);
    EXPECT_EQ(number("addresses_total{outcome=\"deferred\"}"), 2u);
    EXPECT_EQ(number("addresses_total{outcome=\"failed\"}"), 1u);
    EXPECT_EQ(number("addresses_total{outcome=\"pretended\"}"), 1u);
    EXPECT_EQ(number("transport_delivered_total{transport=\"smtp\"}"), 2u);
    EXPECT_EQ(number("replies_total{class=\"2xx\"}"), 2u);
    EXPECT_EQ(number("replies_total{class=\"4xx\"}"), 1u);
    EXPECT_EQ(number("replies_total{class=\"5xx\"}"), 1u);
    EXPECT_EQ(number("replies_total{class=\"none\"}"), 1u);
    EXPECT_EQ(number("tls_messages_total{direction=\"in\"}"), 1u);
    EXPECT_EQ(number("tls_messages_total{direction=\"out\"}"), 1u);
}

TEST(Totals, TimesGoIntoBuckets)
{
    const auto totals = of({"=> b@y.example T=smtp", "Completed QT=7s"}, 7 * second);
    EXPECT_EQ(totals["delivery_seconds_bucket{le=\"5\"}"], 0u);
    EXPECT_EQ(totals["delivery_seconds_bucket{le=\"30\"}"], 1u);
    EXPECT_EQ(totals["message_seconds_bucket{le=\"+Inf\"}"], 1u);
    EXPECT_EQ(totals["message_seconds_sum"], 7000u);
    EXPECT_EQ(totals["message_seconds_count"], 1u);
}

TEST(Totals, WhatIsNoOutcomeCountsNothing)
{
    const auto totals = of({"Frozen (message created with -f <>)", "=>", "removed by root", "H=y [192.0.2.2]: a remark"});
    EXPECT_EQ(totals["addresses_total{outcome=\"delivered\"}"], 0u);
    EXPECT_EQ(totals["messages_completed_total"], 0u);
}

// Names come from a configuration that may have many, and may be odd.
TEST(Totals, AreBoundedAndPlain)
{
    Totals totals;
    for (int i = 0; i < 5000; ++i)
        totals.count(id + " => a@x.example T=t" + std::to_string(i), time_of_id());
    totals.count(id + " => a@x.example T=\"odd\"}name", time_of_id());
    const auto text = totals.text();
    EXPECT_LE(static_cast<std::size_t>(std::ranges::count(text, '\n')), Totals::most + 10);
    EXPECT_GE(totals["transport_delivered_total{transport=\"other\"}"], 3000u);
    EXPECT_EQ(text.find("odd"), std::string::npos);
    Totals again;
    again.read(text);
    EXPECT_EQ(again.text(), text);
}

class File : public testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directory(place); }
    void TearDown() override { std::filesystem::remove_all(place); }
    const std::string place = testing::TempDir() + "totals_file_test";
};

TEST_F(File, TheNewestWholeOneIsRead)
{
    EXPECT_FALSE(TotalsFile::read(place));
    TotalsFile file;
    ASSERT_TRUE(file.open(place, 0640));
    for (int i = 1; i <= 3; ++i)
        ASSERT_TRUE(file.write("n " + std::to_string(i) + "\n", {{.word = "main", .inode = 7, .offset = 100, .text = "a line\nof two\n"}}));
    auto kept = TotalsFile::read(place);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->totals, "n 3\n");
    ASSERT_EQ(kept->intents.size(), 1u);
    EXPECT_EQ(kept->intents[0].text, "a line\nof two\n");
    EXPECT_EQ(kept->intents[0].offset, 100u);
    std::filesystem::resize_file(place + "/totals.1", 20); // the third was torn
    kept = TotalsFile::read(place);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->totals, "n 2\n");
    TotalsFile next;
    ASSERT_TRUE(next.open(place, 0640)); // goes on behind the whole one
    ASSERT_TRUE(next.write("n 4\n", {}));
    EXPECT_EQ(TotalsFile::read(place)->totals, "n 4\n");
}

TEST(TotalsFile, StandsBesideTheLogs)
{
    EXPECT_EQ(TotalsFile::directory_of("/var/log/exim4/%slog"), "/var/log/exim4");
    EXPECT_EQ(TotalsFile::directory_of("/var/log/exim/exim_%s.log-%D"), "/var/log/exim");
    EXPECT_EQ(TotalsFile::directory_of("/var/log/%D/%slog"), "");
    EXPECT_EQ(TotalsFile::directory_of(""), "");
}

}
}
