#include "common/dns/stub_resolver.h"
#include "common/dns/authority.h"

#include "tests/support/peer/on_fiber.h"
#include "name_server.h"

#include "common/dns/caching_resolver.h"

namespace gp::dns {
namespace {

using namespace testing;
using gp::testing::on_fiber_then_stop;

event::Deadline soon()
{
    return event::Deadline::in(Duration{10000});
}

ResolverSettings settings(std::vector<std::string> servers)
{
    ResolverSettings made;
    made.servers = std::move(servers);
    made.retransmit_ms = 300;
    return made;
}

// Asks once and hands the answer over.
Result<Answer> ask(NameServer::Answering answering, std::string_view name, Type type,
                   const std::function<void(ResolverSettings&)>& change = {})
{
    std::optional<Result<Answer>> got;
    on_fiber_then_stop([&] {
        NameServer server{std::move(answering)};
        auto chosen = settings({server.address()});
        if (change)
            change(chosen);
        const auto resolver = StubResolver::make(chosen);
        got = (*resolver)->lookup(name, type, soon());
    });
    return *got;
}

TEST(StubResolver, HandsOutRecordsAndTheAdBit)
{
    for (const bool ad : {false, true}) {
        const auto answer = ask([ad](const Question&) { return std::vector{Reply{.ad = ad, .answers = {a_record("a.example", "192.0.2.1", 7)}}}; },
                                "A.example.", Type::a);
        ASSERT_TRUE(answer) << answer.error().text;
        EXPECT_EQ(answer->addresses().at(0).text(), "192.0.2.1");
        EXPECT_EQ(answer->secure, ad);
        EXPECT_EQ(answer->ttl, 7u);
    }
}

// dns_trust_aa: the zone is the one that the authority section names.
TEST(StubResolver, BelievesTheServersOfZonesThatAreTrusted)
{
    believe_zones([](std::string_view zone) { return zone == "a.example"; });
    const auto said = [](bool aa, const std::string& zone) {
        const auto answer = ask([&](const Question&) {
            return std::vector{Reply{.aa = aa, .answers = {a_record("host.a.example", "192.0.2.1")},
                                     .authorities = {resource(zone, Type::ns, 60, *encode_name("ns.a.example"))}}};
        }, "host.a.example", Type::a);
        return answer && answer->secure;
    };
    EXPECT_TRUE(said(true, "a.example"));
    EXPECT_FALSE(said(false, "a.example"));
    EXPECT_FALSE(said(true, "b.example"));
    believe_zones({});
    EXPECT_FALSE(said(true, "a.example"));
}

// As Exim routes: a suite whose servers do not answer must not send mail for localhost to itself.
TEST(StubResolver, AsksForLocalhostLikeForOtherNames)
{
    const auto answer = ask([](const Question&) { return std::vector{Reply{.rcode = 3}}; }, "localhost", Type::a);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->kind, Answer::Kind::no_such_name);
}

TEST(StubResolver, KeepsNoSuchNameAndNoSuchRecordApart)
{
    const auto soa = resource("example", Type::soa, 500, *encode_name("ns") + *encode_name("root") + std::string(16, '\0') + two(0) + two(60));
    auto gone = ask([&](const Question&) { return std::vector{Reply{.rcode = 3, .authorities = {soa}}}; }, "x.example", Type::a);
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->kind, Answer::Kind::no_such_name);
    EXPECT_EQ(gone->ttl, 60u);
    auto empty = ask([&](const Question&) { return std::vector{Reply{}}; }, "x.example", Type::a);
    ASSERT_TRUE(empty);
    EXPECT_EQ(empty->kind, Answer::Kind::no_such_record);
}

TEST(StubResolver, ServerFailureIsTemporaryAndRefusalIsNot)
{
    const auto failed = ask([](const Question&) { return std::vector{Reply{.rcode = 2}}; }, "x.example", Type::mx);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().blame, Blame::temporary);
    EXPECT_EQ(failed.error().text, "DNS look-up of x.example (MX): server failure");
    const auto refused = ask([](const Question&) { return std::vector{Reply{.rcode = 5}}; }, "x.example", Type::mx);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().blame, Blame::permanent);
}

TEST(StubResolver, IgnoresAnswersToOtherQuestions)
{
    const auto answer = ask(
        [](const Question&) {
            return std::vector{Reply{.answers = {a_record("a.example", "192.0.2.66")}, .wrong_id = true},
                               Reply{.answers = {a_record("b.example", "192.0.2.66")}, .name = "b.example"},
                               Reply{.answers = {a_record("a.example", "192.0.2.1")}}};
        },
        "a.example", Type::a);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->addresses().at(0).text(), "192.0.2.1");
}

TEST(StubResolver, RecordsThatWereNotAskedForDoNotCount)
{
    const auto answer = ask([](const Question&) { return std::vector{Reply{.answers = {a_record("other.example", "192.0.2.66")}}}; },
                            "a.example", Type::a);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->kind, Answer::Kind::no_such_record);
}

TEST(StubResolver, AsksAgainOverTcpWhenAnAnswerWasCut)
{
    const auto answer = ask(
        [](const Question& question) {
            if (!question.tcp)
                return std::vector{Reply{.truncated = true}};
            Reply reply;
            for (int n = 0; n < 2048; ++n)
                reply.answers.push_back(a_record("a.example", "10.0." + std::to_string(n / 256) + "." + std::to_string(n % 256)));
            return std::vector{reply};
        },
        "a.example", Type::a);
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->records.size(), 2048u);
}

TEST(StubResolver, FollowsAliasesItselfWhereTheServerDoesNot)
{
    const auto answer = ask(
        [](const Question& question) {
            if (question.name == "a.example")
                return std::vector{Reply{.ad = true, .answers = {resource("a.example", Type::cname, 60, *encode_name("b.example"))}}};
            return std::vector{Reply{.ad = true, .answers = {a_record("b.example", "192.0.2.1")}}};
        },
        "a.example", Type::a);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->canonical, "b.example");
    EXPECT_EQ(answer->name, "a.example");
    EXPECT_TRUE(answer->secure);
    EXPECT_EQ(answer->ttl, 60u);
}

TEST(StubResolver, GivesUpOnAliasesThatGoRound)
{
    const auto inside = ask(
        [](const Question&) {
            return std::vector{Reply{.answers = {resource("a.example", Type::cname, 60, *encode_name("b.example")),
                                                 resource("b.example", Type::cname, 60, *encode_name("a.example"))}}};
        },
        "a.example", Type::a);
    EXPECT_FALSE(inside);
    const auto across = ask(
        [](const Question& question) {
            const auto next = question.name == "a.example" ? "b.example" : "a.example";
            return std::vector{Reply{.answers = {resource(question.name, Type::cname, 60, *encode_name(next))}}};
        },
        "a.example", Type::a);
    EXPECT_FALSE(across);
}

TEST(StubResolver, SpeaksToServersWithoutEdns0)
{
    const auto answer = ask(
        [](const Question& question) {
            if (question.edns0)
                return std::vector{Reply{.rcode = 1}};
            return std::vector{Reply{.answers = {a_record("a.example", "192.0.2.1")}}};
        },
        "a.example", Type::a);
    EXPECT_TRUE(answer && answer->found());
}

TEST(StubResolver, TakesANameThatTheServerCompleted)
{
    const auto answer = ask([](const Question&) { return std::vector{Reply{.answers = {a_record("mail.test.ex", "192.0.2.1")}}}; },
                            "mail", Type::a);
    ASSERT_TRUE(answer && answer->found());
    EXPECT_EQ(answer->canonical, "mail.test.ex");
}

TEST(StubResolver, GoesToTheNextServerWhenOneIsSilent)
{
    on_fiber_then_stop([] {
        NameServer silent{[](const Question&) { return std::vector{Reply{.silent = true}}; }};
        NameServer failing{[](const Question&) { return std::vector{Reply{.rcode = 2}}; }};
        NameServer good{[](const Question&) { return std::vector{Reply{.answers = {a_record("a.example", "192.0.2.1")}}}; }};
        const auto resolver = StubResolver::make(settings({silent.address(), failing.address(), good.address()}));
        const auto answer = (*resolver)->lookup("a.example", Type::a, soon());
        ASSERT_TRUE(answer) << answer.error().text;
        EXPECT_TRUE(answer->found());
        EXPECT_EQ(silent.asked, 1u);
        // The one that answered is asked first from now on.
        EXPECT_TRUE((*resolver)->lookup("a.example", Type::a, soon()));
        EXPECT_EQ(silent.asked, 1u);
    });
}

TEST(StubResolver, TimesOutAtTheDeadline)
{
    on_fiber_then_stop([] {
        NameServer silent{[](const Question&) { return std::vector{Reply{.silent = true}}; }};
        const auto resolver = StubResolver::make(settings({silent.address()}));
        const auto answer = (*resolver)->lookup("a.example", Type::a, event::Deadline::in(Duration{50}));
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().cause, Cause::timeout);
        EXPECT_EQ(answer.error().blame, Blame::temporary);
        EXPECT_EQ(answer.error().text, "DNS look-up of a.example (A) timed out");
    });
}

TEST(StubResolver, ImpossibleNamesDoNotExistAndAreNotAsked)
{
    on_fiber_then_stop([] {
        NameServer server{[](const Question&) { return std::vector<Reply>{}; }};
        const auto resolver = StubResolver::make(settings({server.address()}));
        for (const std::string& name : {std::string(), std::string("a..b"), std::string(64, 'a') + ".org", std::string(300, 'a')}) {
            const auto answer = (*resolver)->lookup(name, Type::a, soon());
            ASSERT_TRUE(answer);
            EXPECT_EQ(answer->kind, Answer::Kind::no_such_name);
        }
        EXPECT_EQ(server.asked, 0u);
    });
}

TEST(StubResolver, RefusesServersThatAreNoAddresses)
{
    on_fiber_then_stop([] {
        EXPECT_FALSE(StubResolver::make(settings({"ns.example.org"})));
        EXPECT_FALSE(StubResolver::make(settings({})));
        EXPECT_TRUE(StubResolver::make(settings({"[::1]:5353", "127.0.0.1"})));
    });
}

TEST(CachingResolver, AsksOnceForManyAndAgainWhenTheAnswerIsOld)
{
    on_fiber_then_stop([] {
        std::uint32_t ttl = 300;
        NameServer server{[&](const Question& question) { return std::vector{Reply{.answers = {a_record(question.name, "192.0.2.1", ttl)}}}; }};
        CachingResolver resolver{std::move(*StubResolver::make(settings({server.address()}))), {.entries = 3}};
        int done = 0;
        for (int n = 0; n < 10; ++n)
            EXPECT_TRUE(event::Loop::current().spawn("asker", [&] {
                EXPECT_TRUE(resolver.lookup("a.example", Type::a, soon()));
                ++done;
            }));
        EXPECT_TRUE(resolver.lookup("a.example", Type::a, soon()));
        while (done < 10)
            event::yield();
        EXPECT_EQ(server.asked, 1u);
        ttl = 0; // not to be kept
        EXPECT_TRUE(resolver.lookup("b.example", Type::a, soon()));
        EXPECT_TRUE(resolver.lookup("b.example", Type::a, soon()));
        EXPECT_EQ(server.asked, 3u);
        ttl = 300;
        for (const std::string name : {"c", "d", "e", "f"})
            EXPECT_TRUE(resolver.lookup(name + ".example", Type::a, soon()));
        EXPECT_EQ(resolver.entries(), 3u);
    });
}

TEST(CachingResolver, DoesNotKeepFailures)
{
    on_fiber_then_stop([] {
        unsigned rcode = 2;
        NameServer server{[&](const Question& question) { return std::vector{Reply{.rcode = rcode, .answers = {a_record(question.name, "192.0.2.1")}}}; }};
        CachingResolver resolver{std::move(*StubResolver::make(settings({server.address()}))), {}};
        EXPECT_FALSE(resolver.lookup("a.example", Type::a, soon()));
        rcode = 0;
        EXPECT_TRUE(resolver.lookup("a.example", Type::a, soon()));
    });
}

TEST(CachingResolver, APatientAskerIsNotFailedByAnImpatientOne)
{
    on_fiber_then_stop([] {
        int rounds = 0;
        NameServer server{[&](const Question& question) {
            return std::vector{Reply{.answers = {a_record(question.name, "192.0.2.1")}, .silent = ++rounds == 1}};
        }};
        CachingResolver resolver{std::move(*StubResolver::make(settings({server.address()}))), {}};
        bool impatient_failed = false;
        EXPECT_TRUE(event::Loop::current().spawn("impatient", [&] {
            impatient_failed = !resolver.lookup("a.example", Type::a, event::Deadline::in(Duration{50}));
        }));
        event::yield();
        EXPECT_TRUE(resolver.lookup("a.example", Type::a, soon()));
        EXPECT_TRUE(impatient_failed);
    });
}

TEST(ResolvConf, IsReadAsTheManualSays)
{
    const auto read = parse_resolv_conf("# comment\nnameserver 192.0.2.53 ; main\nnameserver ::1\nnameserver junk\n"
                                        "search Example.ORG corp.example.org .\noptions ndots:3 timeout:2 attempts:9 rotate\nbogus\n");
    EXPECT_EQ(read.servers, (std::vector<std::string>{"192.0.2.53", "::1"}));
    EXPECT_EQ(read.search, (std::vector<std::string>{"example.org", "corp.example.org"}));
    EXPECT_EQ(read.ndots, 3u);
    EXPECT_EQ(read.retransmit_ms, 2000u);
    EXPECT_EQ(read.rounds, 5u);
}

}
}
