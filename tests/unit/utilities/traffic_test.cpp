#include "utilities/statistics/traffic.h"

#include <gtest/gtest.h>

#include <limits>

#include "utilities/statistics/report.h"

using namespace gp::utilities;

namespace {

Traffic read(std::initializer_list<const char*> lines, TrafficOptions options = {})
{
    Traffic traffic{std::move(options)};
    for (const char* line : lines)
        traffic.take(line);
    return traffic;
}

}

TEST(Traffic, CountsOneMessageFromItsArrivalToItsEnd)
{
    const auto traffic = read({
        "2023-11-14 22:13:28 1r2nXW-000000-0A <= a@b.example H=mx.b.example [192.0.2.1] P=esmtp S=1000",
        "2023-11-14 22:13:29 1r2nXW-000000-0A == c@d.example R=r T=t defer (111): Connection refused",
        "2023-11-14 22:13:30 1r2nXW-000000-0A => c@d.example R=r T=smtp H=mx.d.example [192.0.2.2] C=\"250\" DT=2s",
        "2023-11-14 22:13:30 1r2nXW-000000-0A -> e@d.example R=r T=smtp H=mx.d.example [192.0.2.2] C=\"250\"",
        "2023-11-14 22:13:30 1r2nXW-000000-0A ** f@d.example R=r T=smtp: 550 no",
        "2023-11-14 22:23:28 1r2nXW-000000-0A Completed",
    });
    EXPECT_EQ(traffic.received.messages, 1);
    EXPECT_EQ(traffic.received.octets, 1000);
    EXPECT_EQ(traffic.delivered.messages, 1);
    EXPECT_EQ(traffic.delivered.addresses, 2);
    EXPECT_EQ(traffic.delivered.octets, 1000);
    EXPECT_EQ(traffic.delayed, 1);
    EXPECT_EQ(traffic.failed, 1);
    EXPECT_EQ(traffic.relays.size(), 1U);
    EXPECT_EQ(traffic.queue_remote.total(), 1);
    EXPECT_EQ(traffic.queue_all.below[2], 1) << "ten minutes are under fifteen";
    EXPECT_EQ(traffic.from[static_cast<std::size_t>(By::domain)].begin()->first, "b.example");
    EXPECT_EQ(traffic.rejected, 0) << "a deferral that says refused is no rejection";
}

TEST(Traffic, GathersRejectionsByReasonAndHost)
{
    const auto traffic = read({
        "2023-11-14 22:13:28 H=x [192.0.2.1] F=<a@b> rejected RCPT <c@d>: relay not permitted",
        "2023-11-14 22:13:28 H=x [192.0.2.1] F=<q@b> rejected RCPT <e@d>: relay not permitted",
        "2023-11-14 22:13:28 H=x [192.0.2.3] F=<q@b> temporarily rejected RCPT <e@d>: greylisted",
    });
    EXPECT_EQ(traffic.rejected, 2);
    EXPECT_EQ(traffic.rejections.at("Rejected RCPT: relay not permitted"), 2);
    EXPECT_EQ(traffic.rejected_hosts.at("[192.0.2.1]"), 2);
    EXPECT_EQ(traffic.temporary_rejections.at("Temporarily rejected RCPT: greylisted"), 1);
}

TEST(Report, FormsAgreeAndEscapeWhatCameFromOutside)
{
    const auto traffic = read({"2023-11-14 22:13:28 1r2nXW-000000-0A <= <script>@b H==cmd.x [192.0.2.1] P=smtp S=20480"});
    ReportOptions options;
    options.ways = {By::host, By::email};
    EXPECT_NE(text_report(traffic, options).find("20KB"), std::string::npos);
    EXPECT_EQ(html_report(traffic, options).find("<script>"), std::string::npos);
    EXPECT_NE(html_report(traffic, options).find("&lt;script&gt;"), std::string::npos);
    EXPECT_NE(csv_report(traffic, options).find(", =cmd.x,"), std::string::npos) << "no formula for a spreadsheet";
}

TEST(Report, VolumesAndTimesAreAsWideAsTheColumn)
{
    EXPECT_EQ(volume_text(9999), "9999");
    EXPECT_EQ(volume_text(10240), "10KB");
    EXPECT_EQ(volume_text(std::int64_t{20} << 20), "20MB");
    EXPECT_EQ(time_text(90), "90s");
    EXPECT_EQ(time_text(86400), "1d");
    EXPECT_EQ(percent_text(1, 0), "0.0%");
}

// Debian's eximstats counts them so.
TEST(Traffic, WhatCompletesWithoutAnArrivalTookNoTime)
{
    const auto traffic = read({
        "2023-11-14 22:13:29 1r2nXW-000000-0A => c@d.example R=r T=t H=h [192.0.2.2]",
        "2023-11-14 22:13:30 1r2nXW-000000-0A Completed QT=2h",
        "2023-11-14 22:13:31 1r2nXW-000000-0B => c <c@d.example> R=r T=t",
        "2023-11-14 22:13:32 1r2nXW-000000-0B Completed",
    });
    const auto text = text_report(traffic, {});
    EXPECT_NE(text.find("Under   1m        2 100.0%"), std::string::npos) << text;
    EXPECT_NE(text.find("Under   1m        1 100.0%"), std::string::npos) << text;
}

TEST(Traffic, NumbersThatStrangersWriteDoNotOverflow)
{
    const auto traffic = read({
        "2023-11-14 22:13:28 1r2nXW-000000-0A <= \"a S=9223372036854775807 b\"@far.example H=mx.b.example [192.0.2.1] P=esmtp S=200",
        "2023-11-14 22:13:28 1r2nXW-000000-0B <= a@b.example H=mx.b.example [192.0.2.1] P=esmtp S=9223372036854775807",
        "2023-11-14 22:13:28 1r2nXW-000000-0C <= a@b.example H=mx.b.example [192.0.2.1] P=esmtp S=-5",
        "2023-11-14 22:13:29 1r2nXW-000000-0B => c@d.example R=r T=t H=h [192.0.2.2] DT=99999999999999999999w99999999999999999999w",
        "2023-11-14 22:13:30 1r2nXW-000000-0B Completed QT=99999999999999999999999999w",
    });
    EXPECT_EQ(traffic.received.messages, 3);
    EXPECT_EQ(traffic.received.octets, 1'000'000'000'000'200);
    EXPECT_EQ(traffic.from[static_cast<std::size_t>(By::email)].count("\"a S=9223372036854775807 b\"@far.example"), 1U);
    EXPECT_NE(text_report(traffic, {}).find("  Received "), std::string::npos);
    for (const auto octets : {std::int64_t{0}, std::numeric_limits<std::int64_t>::max() / 2, std::numeric_limits<std::int64_t>::max()})
        EXPECT_FALSE(volume_text(octets).empty());
    std::int64_t sum = 0;
    for (int i = 0; i < 3; ++i)
        grow(sum, std::numeric_limits<std::int64_t>::max() / 3);
    EXPECT_EQ(sum, 4'000'000'000'000'000'000);
}
