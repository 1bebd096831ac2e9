// The milter protocol over a socket pair: what a milter is told, what is made of its answers, and what is not believed.

#include "common/scan/milter_talk.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "common/event/loop.h"

namespace gp::scan {
namespace {

using namespace std::string_literals;
using mail::MilterEvent;
using Kind = mail::MilterVerdict::Kind;
using What = mail::MilterChange::Kind;

std::string terms(std::uint32_t actions, std::uint32_t habits, const std::string& rest = {})
{
    return milter_packet('O', milter_number(6) + milter_number(actions) + milter_number(habits) + rest);
}

// A milter that has an answer for each packet but macros, in this order; "" is silence, and it closes behind the last.
struct Milter {
    std::vector<std::string> answers;
    std::vector<MilterPacket> heard;

    void serve(event::Stream& stream, event::Deadline until)
    {
        MilterReader reader{stream, 1 << 26};
        for (const auto& answer : answers) {
            auto packet = reader.next(until);
            while (packet && packet->code == 'D') {
                heard.push_back(*packet);
                packet = reader.next(until);
            }
            if (!packet)
                return;
            heard.push_back(*packet);
            if (!answer.empty() && !stream.write(answer, until))
                return;
        }
    }
    std::string letters() const
    {
        std::string out;
        for (const auto& packet : heard)
            out += packet.code;
        return out;
    }
};

void meet(Milter& milter, const std::function<void(MilterTalk&)>& we, std::uint64_t most = 1 << 20, Duration patience = Duration{20'000})
{
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    event::Loop loop;
    (void)loop.spawn("milter", [&] {
        event::FdStream far{OwnedFd{ends[1]}};
        milter.serve(far, event::Deadline::in(Duration{20'000}));
    });
    (void)loop.spawn("we", [&] {
        MilterTalk talk{std::make_unique<event::FdStream>(OwnedFd{ends[0]}), {.command = patience, .content = patience}, most};
        we(talk);
    });
    loop.run_until_idle();
}

const auto go_on = milter_packet('c', {});
const auto accepted = milter_packet('a', {});

const MilterLetter letter{.headers = {{"Subject", " x\n y"}, {"To", "b@c"}},
                          .body = [](const std::function<Status(std::string_view)>& take) { return take("hi\r\n"); }};

std::string error_of(const Status& status)
{
    return status ? "none" : status.error().text;
}

// The end of a message with this answer.
Result<mail::MilterVerdict> ended_with(const std::string& answer, std::vector<mail::MilterChange>& changes, std::uint32_t habits = 0,
                                       std::uint32_t actions = milter_all_actions, std::uint64_t most = 1 << 20)
{
    Result<mail::MilterVerdict> out = permanent("not run");
    Milter milter{.answers = {terms(actions, habits | milter_no_headers | milter_no_eoh | milter_no_body), answer}, .heard = {}};
    meet(milter, [&](MilterTalk& talk) {
        EXPECT_EQ(error_of(talk.negotiate()), "none");
        out = talk.give(letter, {{"i", "id", true}}, event::Deadline::in(Duration{20'000}), changes);
    }, most);
    return out;
}

std::string refused_end(const std::string& answer, std::uint32_t actions = milter_all_actions, std::uint64_t most = 1 << 20)
{
    std::vector<mail::MilterChange> changes;
    const auto said = ended_with(answer, changes, 0, actions, most);
    return said ? "none" : said.error().text;
}

// A milter that reads nothing holds up a message; whoever gives up on it says QUIT in the middle.
TEST(MilterTalk, QuitInTheMiddleOfAMessageEndsItWithoutAWord)
{
    for (const bool politely : {true, false}) {
        Milter milter{.answers = {terms(0, milter_no_headers | milter_no_eoh)}, .heard = {}};
        int ends[2];
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
        event::Loop loop;
        event::FdStream far{OwnedFd{ends[1]}};
        MilterTalk talk{std::make_unique<event::FdStream>(OwnedFd{ends[0]}), {.command = Duration{20'000}, .content = Duration{20'000}}, 1 << 20};
        const MilterLetter large{.headers = {}, .body = [](const auto& take) { return take(std::string(std::size_t{1} << 24, 'x')); }};
        std::string why;
        (void)loop.spawn("milter", [&] { milter.serve(far, event::Deadline::in(Duration{20'000})); });
        (void)loop.spawn("we", [&] {
            ASSERT_EQ(error_of(talk.negotiate()), "none");
            std::vector<mail::MilterChange> changes;
            const auto said = talk.give(large, {}, event::Deadline::in(Duration{20'000}), changes);
            why = said ? "none" : said.error().text;
        });
        (void)loop.spawn("who gives up", [&] {
            event::sleep_for(Duration{50});
            politely ? talk.quit() : talk.leave();
        });
        loop.run_until_idle();
        EXPECT_NE(why, "none");
        EXPECT_NE(why, "no answer in time");
        EXPECT_TRUE(talk.is_over());
    }
}

TEST(MilterTalk, TellsAWholeSessionInItsOrder)
{
    Milter milter{.answers = {terms(0, 0), go_on, go_on, go_on, go_on, go_on, go_on, go_on, go_on, go_on, accepted, ""}, .heard = {}};
    meet(milter, [&](MilterTalk& talk) {
        ASSERT_EQ(error_of(talk.negotiate()), "none");
        EXPECT_EQ(talk.say(MilterEvent::connect, "a.example\0004\0\0311.2.3.4\0"s, {{"j", "us", true}, {"x", "no", false}})->kind, Kind::go_on);
        EXPECT_EQ(talk.say(MilterEvent::helo, "a\0"s, {})->kind, Kind::go_on);
        EXPECT_EQ(talk.say(MilterEvent::mail, "<a@b>\0"s, {})->kind, Kind::go_on);
        EXPECT_EQ(talk.say(MilterEvent::rcpt, "<b@c>\0"s, {})->kind, Kind::go_on);
        EXPECT_EQ(talk.say(MilterEvent::data, {}, {})->kind, Kind::go_on);
        std::vector<mail::MilterChange> changes;
        EXPECT_EQ(talk.give(letter, {{"i", "id", true}}, event::Deadline::in(Duration{20'000}), changes)->kind, Kind::go_on);
        talk.quit();
    });
    EXPECT_EQ(milter.letters(), "ODCHMRTLLDNBDEQ");
    EXPECT_EQ(milter.heard[0].body, milter_number(6) + milter_number(milter_all_actions) + milter_number(milter_all_habits));
    EXPECT_EQ(milter.heard[1].body, "Cj\0us\0"s) << "what is not usual is said to who asks";
    EXPECT_EQ(milter.heard[7].body, "Subject\0x\n y\0"s);
    EXPECT_EQ(milter.heard[8].body, "To\0b@c\0"s);
    EXPECT_EQ(milter.heard[11].body, "hi\r\n");
}

TEST(MilterTalk, LeavesOutWhatIsNotWantedAndDoesNotWaitForTheSilent)
{
    Milter milter{.answers = {terms(0, milter_no_connect | milter_no_helo | milter_quiet_mail | milter_quiet_rcpt | milter_no_data |
                                           milter_quiet_header | milter_no_eoh | milter_quiet_body | milter_leading_space,
                                    milter_number(2) + "{auth_authen} i\0"s),
                              "", "", "", "", "", accepted}, .heard = {}};
    meet(milter, [&](MilterTalk& talk) {
        ASSERT_EQ(error_of(talk.negotiate()), "none");
        for (const auto event : {MilterEvent::connect, MilterEvent::helo, MilterEvent::data})
            EXPECT_TRUE(talk.say(event, {}, {{"j", "us", true}}));
        EXPECT_TRUE(talk.say(MilterEvent::mail, "<a@b>\0"s, {{"{mail_addr}", "a@b", true}, {"{auth_authen}", "ann", false}}));
        EXPECT_TRUE(talk.say(MilterEvent::rcpt, "<b@c>\0"s, {}));
        std::vector<mail::MilterChange> changes;
        EXPECT_TRUE(talk.give(letter, {}, event::Deadline::in(Duration{20'000}), changes));
    });
    EXPECT_EQ(milter.letters(), "ODMRLLBE");
    EXPECT_EQ(milter.heard[1].body, "M{auth_authen}\0ann\0"s) << "it chose its macros itself";
    EXPECT_EQ(milter.heard[4].body, "Subject\0 x\n y\0"s) << "with the blank that stands there";
}

TEST(MilterTalk, HearsNothingMoreOnceItHasAccepted)
{
    Milter milter{.answers = {terms(0, 0), go_on, accepted, go_on, accepted, "", ""}, .heard = {}};
    meet(milter, [&](MilterTalk& talk) {
        ASSERT_TRUE(talk.negotiate());
        EXPECT_TRUE(talk.say(MilterEvent::connect, {}, {}));
        EXPECT_TRUE(talk.say(MilterEvent::mail, "<a>\0"s, {})); // accepts the message
        EXPECT_TRUE(talk.say(MilterEvent::rcpt, "<b>\0"s, {}));
        std::vector<mail::MilterChange> changes;
        EXPECT_TRUE(talk.give(letter, {}, event::Deadline::in(Duration{20'000}), changes));
        EXPECT_TRUE(talk.say(MilterEvent::mail, "<a2>\0"s, {})); // another one
        EXPECT_TRUE(talk.say(MilterEvent::helo, "h\0"s, {}));    // accepts the connection
        EXPECT_TRUE(talk.say(MilterEvent::mail, "<a3>\0"s, {}));
        talk.quit();
    });
    EXPECT_EQ(milter.letters(), "OCMMHAQ");
}

TEST(MilterTalk, AbortsAMessageThatDoesNotCome)
{
    Milter milter{.answers = {terms(0, 0), go_on, milter_packet('r', {}), "", go_on, ""}, .heard = {}};
    meet(milter, [&](MilterTalk& talk) {
        ASSERT_TRUE(talk.negotiate());
        EXPECT_TRUE(talk.say(MilterEvent::mail, "<a>\0"s, {}));
        EXPECT_EQ(talk.say(MilterEvent::rcpt, "<b>\0"s, {})->kind, Kind::reject);
        talk.abort();
        EXPECT_TRUE(talk.settle());
        EXPECT_TRUE(talk.say(MilterEvent::mail, "<c>\0"s, {}));
        talk.quit();
    });
    EXPECT_EQ(milter.letters(), "OMRAMQ");
}

TEST(MilterTalk, StopsTheBodyWhereItIsSkipped)
{
    const MilterLetter large{.headers = {}, .body = [](const std::function<Status(std::string_view)>& take) { return take(std::string(200'000, 'x')); }};
    Milter milter{.answers = {terms(0, milter_skips | milter_no_headers | milter_no_eoh), go_on, milter_packet('s', {}), accepted}, .heard = {}};
    meet(milter, [&](MilterTalk& talk) {
        ASSERT_TRUE(talk.negotiate());
        std::vector<mail::MilterChange> changes;
        EXPECT_TRUE(talk.give(large, {}, event::Deadline::in(Duration{20'000}), changes));
    });
    EXPECT_EQ(milter.letters(), "OBBE");
    EXPECT_EQ(milter.heard[1].body.size(), 65535u);
}

TEST(MilterTalk, TakesEveryKindOfChange)
{
    std::vector<mail::MilterChange> changes;
    const auto said = ended_with(milter_packet('p', {}) + milter_packet('h', "X-A\0one\n two\0"s) +
                                     milter_packet('i', milter_number(1) + "X-B\0b\0"s) + milter_packet('m', milter_number(2) + "Subject\0new\0"s) +
                                     milter_packet('m', milter_number(1) + "X-Gone\0\0"s) + milter_packet('+', "<new@b.example>\0"s) +
                                     milter_packet('2', "<par@b.example>\0NOTIFY=NEVER\0"s) + milter_packet('-', "<old@b.example>\0"s) +
                                     milter_packet('e', "<s@b.example>\0"s) + milter_packet('b', "one\r\n") + milter_packet('b', "two\r\n") +
                                     milter_packet('q', "suspect\0"s) + go_on,
                                 changes);
    ASSERT_TRUE(said) << said.error().text;
    std::string told;
    for (const auto& change : changes)
        told += std::to_string(static_cast<int>(change.kind)) + " " + std::to_string(change.index) + " " + change.name + "|" + change.value + "\n";
    EXPECT_EQ(told, "0 0 X-A| one\r\n two\n1 1 X-B| b\n2 2 Subject| new\n2 1 X-Gone|\n3 0 |new@b.example\n3 0 |par@b.example\n"
                    "4 0 |old@b.example\n5 0 |s@b.example\n6 0 |one\r\ntwo\r\n\n7 0 |suspect\n");
}

TEST(MilterTalk, ReadsReplyCodes)
{
    std::vector<mail::MilterChange> changes;
    auto said = ended_with(milter_packet('y', "550 5.7.99 100%% spam\0"s), changes);
    ASSERT_TRUE(said);
    EXPECT_EQ(said->kind, Kind::reject);
    EXPECT_EQ(said->code, 550u);
    EXPECT_EQ(said->enhanced, "5.7.99");
    EXPECT_EQ(said->text, "100% spam");
    said = ended_with(milter_packet('y', "451-4.7.1 later\r\n451 4.7.1 much later\0"s), changes);
    EXPECT_EQ(said->kind, Kind::tempfail);
    EXPECT_EQ(said->text, "later\nmuch later");
    EXPECT_EQ(ended_with(milter_packet('y', "421 go\0"s), changes)->kind, Kind::shut_down);
    EXPECT_EQ(ended_with(milter_packet('y', "550 a\rb\0"s), changes)->text, "a\\rb");
}

TEST(MilterTalk, RefusesAnswersThatAreNone)
{
    const std::pair<std::string, std::string> cases[] = {
        {milter_packet('Z', {}), "its answer \"Z\" is none that the protocol knows"},
        {milter_packet('h', "X-A\0no end"s), "its answer \"h\" has a text without an end"},
        {milter_packet('h', "X-A\0"s), "its answer \"h\" lacks a text"},
        {milter_packet('h', "X-A\0b\0c\0"s), "its answer \"h\" has more texts than belong in it"},
        {milter_packet('h', "X A\0b\0"s), "its answer \"h\" names no header: X A"},
        {milter_packet('h', "X:A\0b\0"s), "its answer \"h\" names no header: X:A"},
        {milter_packet('h', "\0b\0"s), "its answer \"h\" names no header: "},
        {milter_packet('h', "X-A\0b\nBcc: c@d\0"s), "its answer \"h\" has a line end in a header that is no fold"},
        {milter_packet('h', "X-A\0b\r\n\r\nbody\0"s), "its answer \"h\" has a line end in a header that is no fold"},
        {milter_packet('h', "X-A\0b\rc\0"s), "its answer \"h\" has a control character in a header"},
        {milter_packet('i', "\0\0"s), "its answer \"i\" is too short"},
        {milter_packet('+', "<a@b>\r\nQUIT\0"s), "its answer \"+\" has a control character in an address"},
        {milter_packet('e', {}), "its answer \"e\" lacks a text"},
        {milter_packet('y', "250 ok\0"s), "its answer \"y\" is no SMTP reply: 250 ok"},
        {milter_packet('y', "550-a\r\n451 b\0"s), "its answer \"y\" is no SMTP reply"},
        {milter_packet('s', {}), "it skips what has been said"},
        {milter_number(0), "it says that 0 octets follow, which is no packet"},
        {milter_number(0x7fffffff) + "c", "it says that 2147483647 octets follow, which is no packet"},
        {milter_packet('c', {}).substr(0, 3), "it has closed the connection"},
    };
    for (const auto& [answer, error] : cases)
        EXPECT_EQ(refused_end(answer), error);
    EXPECT_EQ(refused_end(milter_packet('b', "x"), milter_add_headers), "it wants a change that it did not negotiate");
    EXPECT_EQ(refused_end(milter_packet('b', std::string(900, 'x')) + milter_packet('b', std::string(900, 'x')), milter_all_actions, 1000),
              "it answers with more than 1000 octets (milter_answer_limit)");
    std::string many;
    for (int i = 0; i < 10'001; ++i)
        many += milter_packet('h', "X\0y\0"s);
    EXPECT_EQ(refused_end(many), "it wants more than 10000 changes of one message");
}

TEST(MilterTalk, RefusesTermsThatWereNotOffered)
{
    const std::pair<std::string, std::string> cases[] = {
        {terms(0x1000, 0), "it wants to change messages in ways that were not offered"},
        {terms(0, 0x800), "it wants steps of the protocol that were not offered"},
        {milter_packet('O', milter_number(7) + milter_number(0) + milter_number(0)), "it speaks version 7 of the protocol; 2 to 6 are understood"},
        {milter_packet('O', milter_number(6)), "its answer \"O\" does not negotiate"},
        {go_on, "its answer \"c\" does not negotiate"},
        {terms(0, 0, "\0\0\0\1i"s), "its answer \"O\" has a list of macros that is cut off"},
    };
    for (const auto& [answer, error] : cases) {
        Milter milter{.answers = {answer}, .heard = {}};
        meet(milter, [&](MilterTalk& talk) {
            EXPECT_EQ(error_of(talk.negotiate()), error);
            EXPECT_TRUE(talk.is_over());
            EXPECT_FALSE(talk.say(MilterEvent::helo, {}, {})) << "after an error it is over";
        });
    }
}

TEST(MilterTalk, DoesNotLetItChangeAMessageThatHasNotEnded)
{
    Milter milter{.answers = {terms(milter_all_actions, 0), milter_packet('h', "X\0y\0"s)}, .heard = {}};
    meet(milter, [&](MilterTalk& talk) {
        ASSERT_TRUE(talk.negotiate());
        const auto said = talk.say(MilterEvent::mail, "<a>\0"s, {});
        ASSERT_FALSE(said);
        EXPECT_EQ(said.error().text, "it wants to change the message before its end");
    });
}

TEST(MilterTalk, DoesNotWaitForever)
{
    Milter milter{.answers = {terms(0, 0), "", ""}, .heard = {}};
    meet(milter, [&](MilterTalk& talk) {
        ASSERT_TRUE(talk.negotiate());
        const auto said = talk.say(MilterEvent::helo, "x\0"s, {});
        ASSERT_FALSE(said);
        EXPECT_EQ(said.error().text, "no answer in time");
    }, 1 << 20, Duration{50});
}

}
}
