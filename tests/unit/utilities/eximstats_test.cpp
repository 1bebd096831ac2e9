// eximstats as an administrator calls it: the numbers and forms are those of the original for the same lines.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "utilities/front_end.h"
#include "utilities/statistics/rejections.h"

using namespace gp;
using utilities::rejection_of;
namespace fs = std::filesystem;

namespace {

constexpr const char* log_text =
    "2023-11-14 22:13:28 1r2nXW-000000-0A <= Ann@B.example H=mx.b.example (helo) [192.0.2.1] P=esmtp S=1000\n"
    "2023-11-14 22:13:28 1r2nXW-000000-0A => c@d.example R=r T=smtp S=990 H=mx.d.example [192.0.2.2]:25 C=\"250\" DT=1s\n"
    "2023-11-14 22:13:28 1r2nXW-000000-0A -> e@d.example R=r T=smtp H=mx.d.example [192.0.2.2]:25 C=\"250\"\n"
    "2023-11-14 22:13:29 1r2nXW-000000-0A => |/bin/x <u@h.example> R=f T=pipe\n"
    "2023-11-14 22:13:29 1r2nXW-000000-0A => :blackhole: <null@h.example> R=a\n"
    "2023-11-14 22:13:29 1r2nXW-000000-0A Completed QT=5s\n"
    "2023-11-14 23:00:00 1r2nXW-000000-0B <= <> U=root P=local S=30000000\n"
    "2023-11-14 23:00:01 1r2nXW-000000-0B ** f@d.example R=r T=smtp: SMTP error from remote mail server after RCPT TO:<f@d.example>: 550 no\n"
    "2023-11-14 23:00:02 H=(client.example) [192.0.2.7] F=<a@b> rejected RCPT <c@d>: relay not permitted: x\n"
    "2023-11-14 23:59:59 Start queue run: pid=1\n";

class Eximstats : public testing::Test {
protected:
    Eximstats()
    {
        std::string name = (fs::temp_directory_path() / "gp_stats_XXXXXX").string();
        path_ = ::mkdtemp(name.data());
        log_ = write("mainlog", log_text);
    }
    ~Eximstats() override { fs::remove_all(path_); }

    std::string write(const std::string& name, const std::string& text) const
    {
        std::ofstream{path_ / name} << text;
        return (path_ / name).string();
    }
    static std::string run(std::vector<std::string> words)
    {
        words.insert(words.begin(), "eximstats");
        const auto text = utilities::output_of(EXITOOLS, words);
        return text ? *text : "error: " + text.error().text;
    }
    static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

    fs::path path_;
    std::string log_;
};

TEST_F(Eximstats, CountsAsTheOriginalCounts)
{
    const auto text = run({log_});
    EXPECT_TRUE(has(text, "\nExim statistics from 2023-11-14 22:13:28 to 2023-11-14 23:00:02\n")) << "what is not counted does not widen it";
    EXPECT_TRUE(has(text, "  Received              29MB          2                   2       0  0.0%      1 50.0%\n")) << text;
    EXPECT_TRUE(has(text, "  Delivered             3000          3         4         2\n")) << "sizes are those of the arrival: " << text;
    EXPECT_TRUE(has(text, "  Rejects                             2                   2\n")) << "what goes to :blackhole: counts as refused";
    EXPECT_TRUE(has(text, "         1   Rejected RCPT: relay not permitted\n"));
    EXPECT_TRUE(has(text, "         1          2       1000       1000   mx.d.example\n"));
    EXPECT_TRUE(has(text, "         1          1       1000       1000   |/bin/x <u@h.example>\n"));
    EXPECT_TRUE(has(text, "      1 mx.b.example[192.0.2.1] ann@b.example \n      => mx.d.example[192.0.2.2] c@d.example\n"));
    EXPECT_TRUE(has(text, "    1 f@d.example R=r T=smtp: SMTP error from remote mail\n\t    server after RCPT TO:<f@d.example>: 550 no\n\n")) << text;
}

TEST_F(Eximstats, NamesDomainsAndLeavesUnknownColumnsEmpty)
{
    const auto text = run({"-bydomain", "-byemail", log_});
    EXPECT_TRUE(has(text, "  TOTAL               Volume   Messages Addresses   Domains   Emails      Delayed       Failed\n")) << text;
    EXPECT_TRUE(has(text, "\n  Rejects                             2                             \n"));
    EXPECT_TRUE(has(text, "   b.example\n"));
    EXPECT_TRUE(has(text, "         1       29MB       29MB   localdomain\n"));
    EXPECT_TRUE(has(run({"-byemail", "-byemail", "-bydomain", log_}), "   Domains   Emails ")) << "each once, in the report's order";
}

TEST_F(Eximstats, ObeysItsOptions)
{
    EXPECT_TRUE(has(run({"-nvr", log_}), "  Received          30001000          2 "));
    EXPECT_TRUE(has(run({"-tnl", log_}), "   local\n")) << "the local host stays";
    EXPECT_FALSE(has(run({"-tnl", log_}), "Local sender\n"));
    EXPECT_TRUE(has(run({"-pattern", "foo", "/rejected/", log_}), "foo per hour (each dot is 1 occurence)\n"));
    EXPECT_TRUE(has(run({"-pattern", "foo", "/rejected/", log_}), "\n23-24      1 .\n"));
    EXPECT_TRUE(has(run({"-nt/smtp/", log_}), "  Delivered             2000          2         2         1\n"));
    EXPECT_TRUE(has(run({"-nr/mx.d/", log_}), "Total: 0 (plus 1 unshown)"));
    EXPECT_TRUE(has(run({"-show_rt5,10", log_}), "Receipt times: esmtp messages\n"));
    EXPECT_TRUE(has(run({"-h6", log_}), "Deliveries per 10 minutes "));
    EXPECT_TRUE(has(run({"-include_original_destination", log_}), ":blackhole: <null@h.example>\n"));
    EXPECT_TRUE(has(run({"-t_remote_users", log_}), "   c@d.example\n"));
    for (const char* word : {"-xls", "-d", "-h7", "-nope", "-chartdir"})
        EXPECT_TRUE(has(run({word}), "error")) << word;
}

TEST_F(Eximstats, TellsTimesInUtcWhereTheLogHasZones)
{
    const auto log = write("zones", "2023-11-14 22:13:28 +0100 1r2nXW-000000-0A <= a@b U=x S=1\n");
    EXPECT_TRUE(has(run({log}), "from 2023-11-14 22:13:28 +0100 to "));
    EXPECT_TRUE(has(run({"-utc", log}), "from 2023-11-14 21:13:28 to "));
    EXPECT_TRUE(has(run({"-utc", log}), "\n21-22      1 .\n"));
}

TEST_F(Eximstats, WritesChartsIntoAFolder)
{
    fs::create_directory(path_ / "charts");
    const auto page = run({"-html", "-charts", "-chartdir", (path_ / "charts").string(), "-chartrel", "pictures", log_});
    EXPECT_TRUE(has(page, "<img src=\"pictures/sending-hosts-by-volume.svg\" "));
    EXPECT_FALSE(has(page, "<svg"));
    std::ifstream file{path_ / "charts/sending-hosts-by-volume.svg"};
    const std::string svg{std::istreambuf_iterator<char>(file), {}};
    EXPECT_TRUE(has(svg, "xmlns=\"http://www.w3.org/2000/svg\"") && has(svg, ">mx.b.example</text>"));
    EXPECT_TRUE(has(run({"-html", "-charts", "-chartdir", "/nowhere", log_}), "error"));
    EXPECT_TRUE(has(run({"-html", "-charts", log_}), "<svg"));
}

TEST_F(Eximstats, MergesReportsThatWereCutOffAnywhere)
{
    for (const std::string form : {"-txt", "-html"}) {
        const auto whole = run({"-byhost", "-byemail", "-show_dt", "-pattern", "foo", "/rejected/", form, log_});
        const auto step = std::max<std::size_t>(1, whole.size() / 40);
        for (auto length = whole.find("Grand total"); length < whole.size(); length += step)
            EXPECT_FALSE(run({"-merge", write("cut", whole.substr(0, length))}).starts_with("error")) << form << length;
    }
    const std::string head = "Exim statistics from 2023-11-14 22:13:28 to 2023-11-14 23:00:02\n\nGrand total summary\n---\n";
    const std::string rows = "  Temp\n  Temp Rejects\n  Temp Rejects  9\n  TOTAL\n  Received\n  Received 1 2\n  Delivered\n  Rejects\n  Spam\n"
                             "\nTime spent on the queue: all messages\n---\nUnder\nUnder 99999999999999999999w\nUnder 99999999999999999999w 99999999999999999999\nOver\n"
                             "\nTop 50 sending hosts by message count\n---\n1\n1 2\n1 2 3\n\nTop\n---\n1\n\nRelayed messages\n---\n1\n=>\nTotal: (plus \n";
    const auto made = run({"-merge", write("rows", head + rows)});
    EXPECT_TRUE(has(made, "Grand total summary") && has(made, "Temp Rejects")) << made;
}

TEST_F(Eximstats, MergesReportsInBothForms)
{
    const std::vector<std::string> ways = {"-byhost", "-bydomain", "-byemail", "-byedomain", "-pattern", "foo", "/rejected/", "-show_dt"};
    const auto made = [&](const std::string& form) {
        auto words = ways;
        words.insert(words.end(), {form, log_});
        return run(words);
    };
    const auto text = write("report.txt", made("-txt")), page = write("report.html", made("-html"));
    const auto once = run({"-merge", "-byhost", "-bydomain", "-byemail", "-byedomain", "-show_dt", text});
    EXPECT_EQ(once, run({"-merge", "-byhost", "-bydomain", "-byemail", "-byedomain", "-show_dt", page}));
    EXPECT_EQ(once.substr(0, once.find("Time spent")), made("-txt").substr(0, once.find("Time spent"))) << "one report alone stays what it is";
    const auto twice = run({"-merge", text, page});
    EXPECT_TRUE(has(twice, "  Delivered             6000          6         8         4\n")) << twice;
    EXPECT_TRUE(has(twice, "         2   Rejected RCPT: relay not permitted\n"));
    EXPECT_TRUE(has(twice, "         2          4       2000       1000   mx.d.example\n"));
    EXPECT_TRUE(has(twice, "  foo                      2\n"));
    EXPECT_TRUE(has(twice, "Errors encountered: 2\n"));
    EXPECT_TRUE(has(twice, "\n22-23      6 ......\n"));
    EXPECT_TRUE(has(run({"-merge", "-html", text}), "<h2>Relayed messages</h2>"));
    EXPECT_TRUE(has(run({"-merge", log_}), "error")) << "a log is no report";
}

TEST_F(Eximstats, AReportThatSaysNonsenseIsNoDanger)
{
    const auto report = write("report", "Exim statistics from 2023-11-14 22:13:28 to x\n\nDeliveries per hour (each dot is 1 delivery)\n-----\n"
                                        "99-01 -5 .\n:99 99999999999999999999999 .\n\nTop\n---\n1\nTop 50 local senders by volume\n----\n"
                                        "  Messages\n 1 -3GB 1e300MB x\nGrand total summary\n-----\nTOTAL Hosts Hosts\nReceived 1 2 3 4 5 6\n"
                                        "Receipt times:\n----\nReceipt times: x\n-----\nUnder -5s -5\nOver\nTemp\nList of errors\n----\n\tx\n5\n");
    for (const char* form : {"-txt", "-html", "-csv"})
        EXPECT_TRUE(has(run({"-merge", "-charts", form, report, report}), "2023-11-14 22:13:28") || std::string(form) == "-csv");
}

TEST(Rejections, EveryFormHasItsName)
{
    struct Case {
        const char* text;
        const char* reason;
        const char* host;
        bool is_temporary = false;
    };
    const Case cases[] = {
        {"H=x.y (z) [192.0.2.1] rejected EHLO or HELO z: bad", "Rejected EHLO: bad", "[192.0.2.1]"},
        {"rejected HELO from x.y [192.0.2.1]: syntactically invalid argument(s): _", "Rejected HELO/EHLO: syntactically invalid argument", "[192.0.2.1]"},
        {"H=[2001:db8::1] temporarily rejected MAIL <a@b>: wait", "Temporarily rejected MAIL: wait", "[2001:db8::1]", true},
        {"H=x.y [192.0.2.1] F=<a@b> rejected after DATA: spam: 9", "Spam: 9", "[192.0.2.1]"},
        {"H=x.y [192.0.2.1] F=<a@b> temporarily rejected after DATA: later", "Later", "[192.0.2.1]"},
        {"H=x.y [192.0.2.1] F=<a@b> rejected DATA: no", "Rejected DATA: no", "[192.0.2.1]"},
        {"U=root F=<a@b> rejected by non-SMTP ACL: no: x", "Rejected by non-SMTP ACL: no: x", "local"},
        {"rejected by local_scan(): bad", "Rejected by local_scan(): bad", "local"},
        {"Connection from [192.0.2.5] refused: too many connections", "Connection refused: too many connections", "[192.0.2.5]"},
        {"refused connection from H=[192.0.2.4] (host_reject_connection)", "Refused connection (host_reject_connection)", "[192.0.2.4]"},
        {"SMTP call from x [192.0.2.8] dropped: too many nonmail commands (last was \"NOOP\")", "Dropped: too many nonmail commands", "[192.0.2.8]"},
        {"SMTP protocol synchronization error (x): rejected connection from H=[192.0.2.7]", "SMTP protocol synchronization error", "[192.0.2.7]"},
        {"H=x.y [192.0.2.1] rejected RCPT <c@d>: response to \"RCPT TO:<c@d>\" from m was: 550 no", "Response to RCPT TO was: 550 no", "[192.0.2.1]"},
        {"H=x.y [192.0.2.1] Warning: rejected words", "Unknown", "[192.0.2.1]"},
    };
    for (const auto& one : cases) {
        const auto found = rejection_of(one.text);
        ASSERT_TRUE(found) << one.text;
        EXPECT_EQ(found->reason, one.reason);
        EXPECT_EQ(found->host, one.host);
        EXPECT_EQ(found->is_temporary, one.is_temporary) << one.text;
    }
    for (const char* text : {"Start queue run: pid=1", "SA: Action: permanently rejected message: score=9.1", ""})
        EXPECT_FALSE(rejection_of(text)) << text;
    EXPECT_EQ(utilities::spam_host_of("SA: Action: permanently rejected message: score=9.1 (host=x [192.0.2.1])"), "[192.0.2.1]");
    EXPECT_EQ(utilities::spam_host_of("SA: Action: flagged as Spam but accepted: score=9.1"), "");
    EXPECT_FALSE(utilities::spam_host_of("SA: Action: scanned but message isn't spam: score=1.0"));
}

}
