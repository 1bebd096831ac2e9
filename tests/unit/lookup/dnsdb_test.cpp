#include <gtest/gtest.h>

#include "common/lookup/csa.h"
#include "tests/unit/lookup/desk.h"

namespace gp::lookup {
namespace {

constexpr std::string_view zone = R"(
test.ex              TXT   "one" "two"
test.ex              NS    ns.test.ex
a.test.ex            A     192.0.2.1
a.test.ex            AAAA  2001:db8::1
b.test.ex            A     192.0.2.2
AD safe.test.ex      A     192.0.2.3
mx.test.ex           MX    5 b.test.ex
1.2.0.192.in-addr.arpa PTR a.test.ex
_smtp._tcp.test.ex   SRV   1 2 25 a.test.ex
spf.test.ex          TXT   "other"
spf.test.ex          TXT   "v=spf1 " "-all"
again.test.ex        SERVFAIL
_client._smtp.yes.test.ex SRV 1 2 0 yes.test.ex
_client._smtp.no.test.ex  SRV 1 1 0 no.test.ex
_client._smtp.all.test.ex SRV 1 2 1 all.test.ex
)";

struct Row {
    const char *query, *want;
};

TEST(Dnsdb, TellsRecordsAsEximDoes)
{
    static constexpr Row rows[] = {
        {"test.ex", "one"},
        {"txt=test.ex", "one"},
        {">\n,: txt=test.ex", "one:two"},
        {">\n; txt=test.ex", "onetwo"},
        {"a=a.test.ex", "192.0.2.1"},
        {"A = a.test.ex", "192.0.2.1"},
        {"aaaa=a.test.ex", "2001:db8::1"},
        {">; a+=a.test.ex", "2001:db8::1;192.0.2.1"},
        {"mx=mx.test.ex", "5 b.test.ex"},
        {">|,:mx=mx.test.ex", "5:b.test.ex"},
        {"mxh=mx.test.ex", "b.test.ex"},
        {"ptr=192.0.2.1", "a.test.ex"},
        {"srv=_smtp._tcp.test.ex", "1 2 25 a.test.ex"},
        {"spf=spf.test.ex", "v=spf1 -all"},
        {"ns=test.ex", "ns.test.ex"},
        {"zns=x.y.test.ex", "ns.test.ex"},
        {"a=none.test.ex", "(none)"},
        {"a=a.test.ex:b.test.ex", "192.0.2.1\n192.0.2.2"},
        {"> a=<|a.test.ex|b.test.ex", "192.0.2.1 192.0.2.2"},
        {"a=none.test.ex:b.test.ex", "192.0.2.2"},
        {"csa=yes.test.ex", "Y yes.test.ex"},
        {"csa=no.test.ex", "N no.test.ex"},
        {"csa=sub.all.test.ex", "X all.test.ex"},
        {"xxx=test.ex", "error: unsupported DNS record type"},
        {"", "(none)"},
    };
    Desk desk(zone);
    for (const auto& row : rows)
        EXPECT_EQ(desk.query("dnsdb", row.query), row.want) << row.query;
}

TEST(Dnsdb, AsksForCsaAsFarUpAsItIsTold)
{
    Desk desk(std::string(zone) + "_client._smtp.1.2.0.192.in-addr.arpa SRV 1 2 0 a.test.ex\n"
              "_client._smtp.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa SRV 1 1 0 a.test.ex\n");
    EXPECT_EQ(desk.query("dnsdb", "csa=a.b.sub.all.test.ex"), "X all.test.ex");
    EXPECT_EQ(desk.query("dnsdb", "csa=192.0.2.1"), "Y a.test.ex");
    EXPECT_EQ(desk.query("dnsdb", "csa=2001:db8::1"), "N a.test.ex"); // no list of names
    look_for_csa({.search_limit = 2, .use_reverse = false});
    EXPECT_EQ(desk.query("dnsdb", "csa=b.sub.all.test.ex"), "X all.test.ex");
    EXPECT_EQ(desk.query("dnsdb", "csa=a.b.sub.all.test.ex"), "(none)");
    EXPECT_EQ(desk.query("dnsdb", "csa=192.0.2.1"), "(none)");
    EXPECT_EQ(desk.query("dnsdb", "ptr=192.0.2.1"), "a.test.ex");
    look_for_csa({});
}

TEST(Dnsdb, ObeysItsModifiers)
{
    static constexpr Row rows[] = {
        {"a=again.test.ex:a.test.ex", "192.0.2.1"},
        {"defer_lax,a=a.test.ex:again.test.ex", "192.0.2.1"},
        {"a=again.test.ex", "error: "},
        {"defer_strict,a=a.test.ex:again.test.ex", "error: "},
        {"defer_never,a=again.test.ex", "(none)"},
        {"defer_foo,a=a.test.ex", "error: unsupported dnsdb defer behaviour"},
        {"dnssec_strict,a=safe.test.ex", "192.0.2.3"},
        {"dnssec_strict,a=a.test.ex", "error: "},
        {"dnssec_strict,defer_never,a=a.test.ex", "(none)"},
        {"retrans_1s,retry_2,a=a.test.ex", "192.0.2.1"},
        {"retrans_x,a=a.test.ex", "error: unsupported dnsdb timeout value"},
        {"retry_x,a=a.test.ex", "error: unsupported dnsdb retry count"},
    };
    Desk desk(zone);
    for (const auto& row : rows)
        EXPECT_EQ(desk.query("dnsdb", row.query), row.want) << row.query;
}

}
}
