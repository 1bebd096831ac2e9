#include "common/dns/unbound_resolver.h"

#include "tests/support/peer/on_fiber.h"
#include "name_server.h"

namespace gp::dns {
namespace {

using namespace testing;
using gp::testing::on_fiber_then_stop;

// Asks once through libunbound and hands the answer over.
Result<Answer> ask(NameServer::Answering answering, std::string_view name, Type type, Duration wait = Duration{10000})
{
    std::optional<Result<Answer>> got;
    on_fiber_then_stop([&] {
        NameServer server{std::move(answering)};
        ResolverSettings settings;
        settings.servers = {server.address()};
        const auto resolver = UnboundResolver::make(settings);
        if (!resolver) {
            got = resolver.error();
            return;
        }
        got = (*resolver)->lookup(name, type, event::Deadline::in(wait));
    });
    return *got;
}

TEST(UnboundResolver, HandsOutRecordsButBelievesNoAdBit)
{
    const auto answer = ask(
        [](const Question& question) {
            return std::vector{Reply{.ad = true, .answers = {a_record(question.name, "192.0.2.1", 70)}}};
        },
        "a.example", Type::a);
    ASSERT_TRUE(answer) << answer.error().text;
    ASSERT_TRUE(answer->found());
    EXPECT_EQ(answer->addresses().at(0).text(), "192.0.2.1");
    EXPECT_FALSE(answer->secure);
    EXPECT_EQ(answer->ttl, 70u);
}

TEST(UnboundResolver, KeepsTheOutcomesApart)
{
    const auto soa = resource("example", Type::soa, 500, *encode_name("ns") + *encode_name("root") + std::string(16, '\0') + two(0) + two(60));
    const auto gone = ask([&](const Question&) { return std::vector{Reply{.rcode = 3, .authorities = {soa}}}; }, "x.example", Type::a);
    ASSERT_TRUE(gone) << gone.error().text;
    EXPECT_EQ(gone->kind, Answer::Kind::no_such_name);
    const auto empty = ask([&](const Question&) { return std::vector{Reply{.authorities = {soa}}}; }, "x.example", Type::a);
    ASSERT_TRUE(empty) << empty.error().text;
    EXPECT_EQ(empty->kind, Answer::Kind::no_such_record);
    const auto failed = ask([&](const Question&) { return std::vector{Reply{.rcode = 2}}; }, "x.example", Type::a);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().blame, Blame::temporary);
}

TEST(UnboundResolver, TimesOutAtTheDeadline)
{
    const auto answer = ask([](const Question&) { return std::vector{Reply{.silent = true}}; }, "x.example", Type::a, Duration{100});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, Cause::timeout);
}

TEST(UnboundResolver, RefusesSettingsThatCannotBe)
{
    on_fiber_then_stop([] {
        ResolverSettings settings;
        settings.servers = {"ns.example.org"};
        EXPECT_FALSE(UnboundResolver::make(settings));
        settings.servers = {"127.0.0.1"};
        settings.trust_anchor = "no anchor at all";
        const auto resolver = UnboundResolver::make(settings); // libunbound reads an anchor when it is first asked
        ASSERT_TRUE(resolver);
        const auto answer = (*resolver)->lookup("x.example", Type::a, event::Deadline::in(Duration{5000}));
        ASSERT_FALSE(answer);
        EXPECT_NE(answer.error().text.find("initialization failure"), std::string::npos) << answer.error().text;
    });
}

}
}
