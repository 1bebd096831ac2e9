#include "delivery/remote/delivery_run.h"

#include "scene.h"

#include <sys/mman.h>

namespace gp::remote {
namespace {

using delivery::Fate;
using gp::testing::Dialogue;
using gp::testing::ScriptedPeer;

TEST(DeliveryRun, SpeaksPlainSmtpStepByStep)
{
    play([](Scene& scene) {
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO mta.example").says(plain_hello);
            with.hears("MAIL FROM:<a@src.example>").says("250 ok");
            with.hears("RCPT TO:<u@dst.example>").says("250 ok");
            with.hears("DATA").says("354 go");
            with.hears_data(message).says("250 OK id=1");
            with.hears("QUIT").says("221 bye");
        }}};
        const auto reply = scene.deliver(request({host(peer)}));
        peer.finish();
        ASSERT_EQ(reply.outcomes.size(), 1u);
        const auto& outcome = reply.outcomes[0];
        EXPECT_EQ(outcome.fate, Fate::delivered);
        EXPECT_EQ(outcome.text, "250 OK id=1");
        EXPECT_EQ(outcome.host_name, "mx.example");
        EXPECT_EQ(outcome.host_address, "127.0.0.1");
        EXPECT_EQ(outcome.host_port, peer.port());
        EXPECT_EQ(outcome.interface_address, "127.0.0.1");
        EXPECT_FALSE(outcome.pipelining);
        EXPECT_FALSE(outcome.chunking);
        EXPECT_FALSE(outcome.unrecorded);
        EXPECT_EQ(message, message_text);
        ASSERT_EQ(scene.spool.delivered.size(), 1u);
        EXPECT_EQ(scene.spool.delivered[0].children, std::vector<std::string>{"u0"});
        EXPECT_EQ(scene.spool.delivered[0].recipients, std::vector<std::uint32_t>{0});
        ASSERT_EQ(scene.spool.finishing.size(), 1u);
        EXPECT_EQ(scene.spool.finishing[0].children, std::vector<std::string>{"u0"});
        event::sleep_for(Duration{10});
        EXPECT_EQ(scene.spool.released, 1u);
        EXPECT_LE(reply.started, reply.ended);
    });
}

TEST(DeliveryRun, PutsAllIntoOneWriteWherePipeliningAndChunkingAreOffered)
{
    play([](Scene& scene) {
        std::string octets;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(all_hello);
            with.hears("MAIL FROM:<a@src.example> SIZE=1124").hears("RCPT TO:<u@dst.example>").hears("RCPT TO:<v@dst.example>");
            with.hears("BDAT " + std::to_string(message_text.size()) + " LAST").hears_octets(message_text.size(), octets);
            with.says("250 sender ok\r\n250 rcpt ok\r\n250 rcpt ok\r\n250 done");
            with.hears("QUIT").says("221 bye");
        }}};
        const auto reply = scene.deliver(request({host(peer)}, {"u@dst.example", "v@dst.example"}));
        peer.finish();
        EXPECT_EQ(octets, message_text); // dots are not doubled
        for (const auto& outcome : reply.outcomes) {
            EXPECT_EQ(outcome.fate, Fate::delivered);
            EXPECT_TRUE(outcome.pipelining);
            EXPECT_TRUE(outcome.chunking);
        }
        EXPECT_EQ(scene.spool.finishing.at(0).children.size(), 2u);
        EXPECT_EQ(scene.spool.delivered.at(0).children.size(), 2u);
    });
}

TEST(DeliveryRun, SendsDataInAGroupWhereOnlyPipeliningIsOffered)
{
    play([](Scene& scene) {
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(pipe_hello);
            with.hears("MAIL").hears("RCPT").hears("DATA").says("250 ok\r\n250 ok\r\n354 go").hears_data(message).says("250 ok");
            with.hears("QUIT").closes();
        }}};
        EXPECT_EQ(scene.deliver(request({host(peer)})).outcomes[0].fate, Fate::delivered);
        peer.finish();
        EXPECT_EQ(message, message_text);
    });
}

TEST(DeliveryRun, OptionsSwitchExtensionsOff)
{
    play([](Scene& scene) {
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(all_hello);
            with.hears("MAIL FROM:<a@src.example>").says("250 ok").hears("RCPT").says("250 ok").hears("DATA").says("354 go");
            with.hears_data(message).says("250 ok").hears("QUIT");
        }, [&](Dialogue& with) {
            with.says("220 peer").hears("HELO mta.example").says("250 ok");
            with.hears("MAIL FROM:<a@src.example>").says("250 ok").hears("RCPT").says("250 ok").hears("DATA").says("354 go");
            with.hears_data(message).says("250 ok").hears("QUIT");
        }, [&](Dialogue& with) {
            with.says("220 peer").hears("EHLO own.name").says("250-peer\r\n250 SIZE");
            with.hears("MAIL FROM:<a@src.example>").says("250 ok").hears("RCPT").says("250 ok").hears("DATA").says("354 go");
            with.hears_data(message).says("250 ok").hears("QUIT");
        }}};
        const auto run = [&](std::vector<router::Option> options) {
            return scene.deliver(request({host(peer)}, {"u@dst.example"}, std::move(options))).outcomes[0].fate;
        };
        EXPECT_EQ(run({{"hosts_avoid_pipelining", "mx.example"}, {"hosts_try_chunking", ""}}), Fate::delivered);
        EXPECT_EQ(run({{"hosts_avoid_esmtp", "127.0.0.0/8"}}), Fate::delivered);
        EXPECT_EQ(run({{"helo_data", "own.name"}, {"size_addition", "-1"}}), Fate::delivered);
        peer.finish();
    });
}

TEST(DeliveryRun, RelaysDsnParametersOnceTheyAreOffered)
{
    play([](Scene& scene) {
        std::string octets;
        const auto script = [&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(all_hello);
            EXPECT_EQ(with.line(), "MAIL FROM:<a@src.example> SIZE=1124 BODY=8BITMIME RET=HDRS ENVID=x+2By");
            EXPECT_EQ(with.line(), "RCPT TO:<u@dst.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;or+2Big@dst.example");
            with.hears("BDAT").hears_octets(message_text.size(), octets).says("250 ok\r\n250 ok\r\n250 ok").hears("QUIT");
        };
        ScriptedPeer peer{{script}};
        auto asked = request({host(peer)});
        asked.body = mail::BodyType::eight_bit_mime;
        asked.dsn_return = mail::DsnReturn::headers;
        asked.dsn_envid = "x+2By";
        asked.targets[0].notify = mail::notify_success | mail::notify_delay;
        asked.targets[0].orcpt = "rfc822;or+2Big@dst.example"; // as it came: xtext (RFC 3461 section 4.2)
        const auto reply = scene.deliver(asked);
        peer.finish();
        EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered);
        EXPECT_TRUE(reply.outcomes[0].dsn_relayed);
    });
}

// --- refusals ---

TEST(DeliveryRun, EachRecipientHasItsOwnFortune)
{
    for (const bool pipelined : {false, true})
        play([pipelined](Scene& scene) {
            std::string message;
            ScriptedPeer peer{{[&](Dialogue& with) {
                with.says("220 peer").hears("EHLO").says(pipelined ? pipe_hello : plain_hello);
                const auto group = [&](std::string_view command, std::string_view answer) {
                    with.hears(command);
                    return std::string(answer);
                };
                std::string answers;
                for (const auto& [command, answer] : {std::pair{"MAIL", "250 ok"}, {"RCPT TO:<good", "250 ok"},
                                                      {"RCPT TO:<gone", "550-5.1.1 no\r\n550 such user"}, {"RCPT TO:<busy", "452 4.2.2 full"},
                                                      {"DATA", "354 go"}}) {
                    answers = group(command, answer);
                    with.says(answers);
                }
                with.hears_data(message).says("250 ok").hears("QUIT");
            }}};
            const auto reply = scene.deliver(request({host(peer)}, {"good@d.example", "gone@d.example", "busy@d.example"}));
            peer.finish();
            EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered);
            EXPECT_EQ(reply.outcomes[1].fate, Fate::failed);
            EXPECT_EQ(reply.outcomes[1].text,
                      "SMTP error from remote mail server after RCPT TO:<gone@d.example>: 550-5.1.1 no\\n550 such user");
            EXPECT_EQ(reply.outcomes[1].smtp_code, 550u);
            EXPECT_EQ(reply.outcomes[1].enhanced, "5.1.1");
            EXPECT_EQ(reply.outcomes[1].remote_mta, "mx.example");
            EXPECT_EQ(reply.outcomes[2].fate, Fate::deferred);
            EXPECT_EQ(reply.outcomes[2].error_name, "rcpt_4xx");
            EXPECT_EQ(reply.outcomes[2].error_number, -44);
            EXPECT_EQ(reply.outcomes[2].smtp_code, 452u);
            EXPECT_FALSE(reply.outcomes[2].host_error);
            EXPECT_FALSE(reply.outcomes[2].message_error);
            EXPECT_TRUE(reply.host_failures.empty());
            EXPECT_EQ(scene.spool.delivered.at(0).children, std::vector<std::string>{"u0"});
        });
}

TEST(DeliveryRun, RecipientsThatWereTooManyGoWithAnotherCopyOverTheSameConnection)
{
    play([](Scene& scene) {
        ScriptedPeer peer{{[&](Dialogue& with) {
            std::string message;
            with.says("220 peer").hears("EHLO").says(pipe_hello);
            with.hears("MAIL").hears("RCPT TO:<one").hears("RCPT TO:<two").hears("DATA");
            with.says("250 ok\r\n250 ok\r\n452 4.5.3 too many\r\n354 go").hears_data(message).says("250 first");
            with.hears("MAIL").hears("RCPT TO:<two").hears("DATA").says("250 ok\r\n250 ok\r\n354 go").hears_data(message).says("250 second");
            with.hears("QUIT").closes();
        }}};
        const auto reply = scene.deliver(request({host(peer)}, {"one@d.example", "two@d.example"}));
        peer.finish();
        EXPECT_EQ(reply.outcomes[0].text, "250 first");
        EXPECT_EQ(reply.outcomes[1].text, "250 second");
        EXPECT_TRUE(reply.outcomes[1].connection_reused);
    });
}

TEST(DeliveryRun, AGroupOfWhichNobodyIsAcceptedEndsCleanly)
{
    play([](Scene& scene) {
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(pipe_hello);
            with.hears("MAIL").hears("RCPT").hears("DATA").says("250 ok\r\n550 no\r\n354 go all the same");
            with.hears(".").says("554 no valid recipients").hears("QUIT").says("221 bye");
        }, [&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(all_hello).hears("MAIL").hears("RCPT").hears("BDAT");
            with.hears_octets(message_text.size(), message).says("451 later\r\n503 no\r\n503 no").hears("QUIT");
        }}};
        auto reply = scene.deliver(request({host(peer)}));
        EXPECT_EQ(reply.outcomes[0].fate, Fate::failed);
        EXPECT_EQ(reply.outcomes[0].text, "SMTP error from remote mail server after RCPT TO:<u@dst.example>: 550 no");
        EXPECT_TRUE(scene.spool.finishing.empty());
        reply = scene.deliver(request({host(peer)}));
        EXPECT_EQ(reply.outcomes[0].fate, Fate::deferred);
        EXPECT_EQ(reply.outcomes[0].error_name, "mail_4xx");
        EXPECT_EQ(reply.outcomes[0].text, "SMTP error from remote mail server after pipelined MAIL FROM:<a@src.example> SIZE=1124: 451 later");
        EXPECT_TRUE(reply.outcomes[0].message_error);
        peer.finish();
    });
}

struct Refusal {
    std::string name;
    ScriptedPeer::Script script;
    Fate fate;
    std::string text;
    std::string error_name;
    std::int32_t number;
    enum Whose { host, message, recipient } whose;
};

std::vector<Refusal> refusals()
{
    const auto greet = [](Dialogue& with) -> Dialogue& { return with.says("220 peer").hears("EHLO").says(plain_hello); };
    const auto addressed = [greet](Dialogue& with) -> Dialogue& {
        return greet(with).hears("MAIL").says("250 ok").hears("RCPT").says("250 ok");
    };
    const auto sent = [addressed](Dialogue& with) -> Dialogue& {
        std::string message;
        return addressed(with).hears("DATA").says("354 go").hears_data(message);
    };
    const std::string lead = "SMTP error from remote mail server after ";
    const std::string gone = "Remote host closed connection in response to ";
    const auto timeout = std::string("SMTP timeout after ");
    using R = Refusal;
    return {
        R{"banner_4xx", [](Dialogue& w) { w.says("450 busy").hears("QUIT"); }, Fate::deferred, lead + "initial connection: 450 busy", "", 0, R::host},
        R{"banner_5xx", [](Dialogue& w) { w.says("554 go away").hears("QUIT"); }, Fate::failed, lead + "initial connection: 554 go away", "", 0, R::host},
        R{"banner_closed", [](Dialogue& w) { w.closes(); }, Fate::deferred, gone + "initial connection", "lost_connection", -18, R::host},
        R{"banner_reset", [](Dialogue& w) { w.pauses(Duration{20}).resets(); }, Fate::deferred, gone + "initial connection", "lost_connection", -18, R::host},
        R{"banner_silent", [](Dialogue& w) { w.hears_end(); }, Fate::deferred, timeout + "initial connection", "timeout_A", ETIMEDOUT, R::host},
        R{"banner_junk", [](Dialogue& w) { w.says("SSH-2.0-OpenSSH").hears_end(); }, Fate::deferred,
          "Malformed SMTP reply in response to initial connection: SSH-2.0-OpenSSH", "", -19, R::host},
        R{"banner_empty_line", [](Dialogue& w) { w.says("").hears_end(); }, Fate::deferred,
          "Malformed SMTP reply (an empty line) in response to initial connection", "", -19, R::host},
        R{"helo_4xx", [](Dialogue& w) { w.says("220 x").hears("EHLO").says("500 what").hears("HELO").says("450 busy").hears("QUIT"); }, Fate::deferred,
          lead + "HELO mta.example: 450 busy", "", 0, R::host},
        R{"helo_closed", [](Dialogue& w) { w.says("220 x").hears("EHLO").says("550 banned").hears("HELO").closes(); }, Fate::deferred,
          gone + "HELO mta.example (EHLO response was: 550 banned)", "lost_connection", -18, R::host},
        R{"ehlo_closed", [](Dialogue& w) { w.says("220 x").hears("EHLO").closes(); }, Fate::deferred, gone + "EHLO mta.example", "lost_connection", -18, R::host},
        R{"ehlo_421", [](Dialogue& w) { w.says("220 x").hears("EHLO").says("421 bye").closes(); }, Fate::deferred,
          "Remote host closed connection in response to HELO mta.example (EHLO response was: 421 bye)", "lost_connection", -18, R::host},
        R{"mail_4xx", [=](Dialogue& w) { greet(w).hears("MAIL").says("452 space").hears("QUIT"); }, Fate::deferred,
          lead + "MAIL FROM:<a@src.example>: 452 space", "mail_4xx", -45, R::message},
        R{"mail_5xx", [=](Dialogue& w) { greet(w).hears("MAIL").says("550 no").hears("QUIT"); }, Fate::failed,
          lead + "MAIL FROM:<a@src.example>: 550 no", "", 0, R::message},
        R{"mail_silent", [=](Dialogue& w) { greet(w).hears("MAIL").hears_end(); }, Fate::deferred, timeout + "MAIL FROM:<a@src.example>", "timeout_A", ETIMEDOUT, R::message},
        R{"mail_closed", [=](Dialogue& w) { greet(w).hears("MAIL").closes(); }, Fate::deferred, gone + "MAIL FROM:<a@src.example>", "lost_connection", -18, R::host},
        R{"rcpt_4xx", [=](Dialogue& w) { greet(w).hears("MAIL").says("250 ok").hears("RCPT").says("450 grey").hears("QUIT"); }, Fate::deferred,
          lead + "RCPT TO:<u@dst.example>: 450 grey", "rcpt_4xx", -44, R::recipient},
        R{"rcpt_silent", [=](Dialogue& w) { greet(w).hears("MAIL").says("250 ok").hears("RCPT").hears_end(); }, Fate::deferred,
          timeout + "RCPT TO:<u@dst.example>", "timeout_A", ETIMEDOUT, R::recipient},
        R{"rcpt_421", [=](Dialogue& w) { greet(w).hears("MAIL").says("250 ok").hears("RCPT").says("421 bye").hears("QUIT").closes(); }, Fate::deferred,
          lead + "RCPT TO:<u@dst.example>: 421 bye", "rcpt_4xx", -44, R::recipient},
        R{"rcpt_code_changes", [=](Dialogue& w) { greet(w).hears("MAIL").says("250 ok").hears("RCPT").says("250-ok\r\n550 no").hears_end(); }, Fate::deferred,
          "Malformed SMTP reply in response to RCPT TO:<u@dst.example>: 550 no", "", -19, R::host},
        R{"data_4xx", [=](Dialogue& w) { addressed(w).hears("DATA").says("451 no").hears("QUIT"); }, Fate::deferred, lead + "DATA: 451 no", "data_4xx", -46, R::message},
        R{"data_5xx", [=](Dialogue& w) { addressed(w).hears("DATA").says("554 no").hears("QUIT"); }, Fate::failed, lead + "DATA: 554 no", "", 0, R::message},
        R{"data_silent", [=](Dialogue& w) { addressed(w).hears("DATA").hears_end(); }, Fate::deferred, timeout + "DATA", "timeout_A", ETIMEDOUT, R::host},
        R{"dot_4xx", [=](Dialogue& w) { sent(w).says("451 4.7.1 try later").hears("QUIT"); }, Fate::deferred, lead + "end of data: 451 4.7.1 try later", "data_4xx", -46, R::message},
        R{"dot_5xx", [=](Dialogue& w) { sent(w).says("550 spam").hears("QUIT"); }, Fate::failed, lead + "end of data: 550 spam", "", 0, R::message},
        R{"dot_closed", [=](Dialogue& w) { sent(w).closes(); }, Fate::deferred, gone + "end of data", "lost_connection", -18, R::message},
        R{"dot_silent", [=](Dialogue& w) { sent(w).hears_end(); }, Fate::deferred, timeout + "end of data (54 bytes written)", "timeout_A", ETIMEDOUT, R::message},
        R{"endless_lines", [](Dialogue& w) {
              for (int n = 0; n < 3000 && w.alive(); ++n)
                  w.says("220-" + std::string(500, 'x'));
              w.hears_end();
          }, Fate::deferred, "", "", -19, R::host},
    };
}

class DeliveryRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(DeliveryRefusal, IsToldWithItsReasonAndWhoseItIs)
{
    const auto& param = GetParam();
    play([&](Scene& scene) {
        ScriptedPeer peer{{param.script}};
        const auto reply = scene.deliver(request({host(peer)}, {"u@dst.example"}, {{"command_timeout", "100ms"}, {"final_timeout", "100ms"}}));
        const auto& outcome = reply.outcomes[0];
        EXPECT_EQ(outcome.fate, param.fate);
        if (!param.text.empty()) {
            EXPECT_EQ(outcome.text, param.text);
        }
        EXPECT_EQ(outcome.error_name, param.error_name);
        EXPECT_EQ(outcome.error_number, param.number);
        EXPECT_EQ(outcome.host_error, param.whose == Refusal::host);
        EXPECT_EQ(outcome.message_error, param.whose == Refusal::message && param.fate == Fate::deferred);
        EXPECT_EQ(outcome.host_name, "mx.example");
        const bool has_line = param.whose == Refusal::host || outcome.message_error;
        ASSERT_EQ(reply.host_failures.size(), has_line ? 1u : 0u);
        if (has_line) {
            EXPECT_EQ(reply.host_failures[0].text, outcome.text + (param.number > 0 ? ": Connection timed out" : ""));
            EXPECT_EQ(reply.host_failures[0].message_error, outcome.message_error);
        }
        EXPECT_TRUE(scene.spool.delivered.empty());
        peer.finish();
    });
}

INSTANTIATE_TEST_SUITE_P(, DeliveryRefusal, ::testing::ValuesIn(refusals()), [](const auto& one) { return one.param.name; });

TEST(DeliveryRun, NamesTheKindOfHostInTimeouts)
{
    play([](Scene& scene) {
        ScriptedPeer peer{{[](Dialogue& with) { with.hears_end(); }}};
        const auto reply = scene.deliver(request({host(peer, "mx.example", 10)}, {"u@dst.example"}, {{"command_timeout", "50ms"}}));
        EXPECT_EQ(reply.outcomes[0].error_name, "timeout_MX");
        peer.finish();
    });
}

// --- the message ---

TEST(DeliveryRun, AddsAndRemovesHeadersAsTheTransportSays)
{
    play([](Scene& scene) {
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL FROM:<>").says("250 ok").hears("RCPT").says("250 ok");
            with.hears("DATA").says("354 go").hears_data(message).says("250 ok").hears("QUIT");
        }}};
        auto asked = request({host(peer)});
        asked.sender = "";
        asked.instruction.headers_add = "X-One: 1\nX-Two: 2\r\n folded";
        asked.instruction.headers_remove = {"subject"};
        EXPECT_EQ(scene.deliver(asked).outcomes[0].fate, Fate::delivered);
        peer.finish();
        EXPECT_EQ(message, "From: a@src.example\r\nX-One: 1\r\nX-Two: 2\r\n folded\r\n\r\none\r\n.two\r\n");
    });
}

TEST(DeliveryRun, ReadsLargeMessagesFromTheirDescriptor)
{
    for (const std::string_view hello : {plain_hello, all_hello})
        play([hello](Scene& scene) {
            std::string body;
            for (int n = 0; body.size() < 1'500'000; ++n)
                body += (n % 7 == 0 ? "." : "") + std::to_string(n) + " lorem ipsum\r\n";
            OwnedFd file{::memfd_create("body", MFD_CLOEXEC)};
            ASSERT_EQ(::write(file.get(), body.data(), body.size()), static_cast<ssize_t>(body.size()));
            scene.spool.message.body.clear();
            scene.spool.message.large = ipc::Fd{std::move(file)};
            scene.spool.message.body_size = body.size();
            const std::string whole = scene.spool.message.headers + "\r\n" + body;
            std::string message;
            ScriptedPeer peer{{[&](Dialogue& with) {
                with.says("220 peer").hears("EHLO").says(hello).hears("MAIL");
                if (hello == plain_hello) {
                    with.says("250 ok").hears("RCPT").says("250 ok").hears("DATA").says("354 go").hears_data(message);
                } else {
                    with.hears("RCPT").says("250 ok\r\n250 ok").hears("BDAT " + std::to_string(whole.size()) + " LAST");
                    with.hears_octets(whole.size(), message);
                }
                with.says("250 ok").hears("QUIT");
            }}};
            EXPECT_EQ(scene.deliver(request({host(peer)})).outcomes[0].fate, Fate::delivered);
            peer.finish();
            EXPECT_TRUE(message == whole);
        });
}

TEST(DeliveryRun, RefusesLinesThatAreTooLong)
{
    for (const auto& [length, fate] : {std::pair{998, Fate::delivered}, {999, Fate::failed}})
        play([length = length, fate = fate](Scene& scene) {
            scene.spool.message.body = std::string(static_cast<std::size_t>(length), 'x') + "\r\n";
            std::string message;
            ScriptedPeer peer{{[&](Dialogue& with) {
                with.says("220 peer").hears("EHLO").says(plain_hello);
                if (fate == Fate::failed)
                    return (void)with.hears("QUIT");
                with.hears("MAIL").says("250 ok").hears("RCPT").says("250 ok").hears("DATA").says("354 go");
                with.hears_data(message).says("250 ok").hears("QUIT");
            }}};
            const auto reply = scene.deliver(request({host(peer)}));
            peer.finish();
            EXPECT_EQ(reply.outcomes[0].fate, fate);
            if (fate == Fate::failed) {
                EXPECT_EQ(reply.outcomes[0].text, "message has lines too long for transport");
            }
        });
}

TEST(DeliveryRun, KeepsAddressesFromBecomingCommands)
{
    play([](Scene& scene) {
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok");
            with.hears("RCPT TO:<\"quoted user\"@d.example>").says("250 ok").hears("DATA").says("354 go");
            with.hears_data(message).says("250 ok").hears("QUIT");
        }}};
        const auto reply = scene.deliver(request({host(peer)}, {"u@d.example>\r\nRCPT TO:<x@y", "a b@d.example", "\"quoted user\"@d.example"}));
        peer.finish();
        EXPECT_EQ(reply.outcomes[0].fate, Fate::failed);
        EXPECT_EQ(reply.outcomes[1].fate, Fate::failed);
        EXPECT_EQ(reply.outcomes[2].fate, Fate::delivered);
    });
}

TEST(DeliveryRun, EscapesWhatAServerSays)
{
    play([](Scene& scene) {
        ScriptedPeer peer{{[&](Dialogue& with) { with.says("554 \x1b[31mred\x07 \xff").hears("QUIT"); }}};
        const auto reply = scene.deliver(request({host(peer)}));
        EXPECT_EQ(reply.outcomes[0].text, "SMTP error from remote mail server after initial connection: 554 \\033[31mred\\007 \\377");
        peer.finish();
    });
}

// --- LMTP ---

TEST(DeliveryRun, LmtpAnswersForEachRecipient)
{
    for (const std::string_view hello : {plain_hello, std::string_view{"250-peer\r\n250-IGNOREQUOTA\r\n250-PIPELINING\r\n250 CHUNKING"}})
        play([hello](Scene& scene) {
            std::string message;
            const bool plain = hello == plain_hello;
            ScriptedPeer peer{{[&](Dialogue& with) {
                with.says("220 peer").hears("LHLO mta.example").says(hello).hears("MAIL");
                if (plain) {
                    with.says("250 ok").hears("RCPT TO:<a@").says("250 ok").hears("RCPT TO:<b@").says("550 no").hears("RCPT TO:<c@").says("250 ok");
                    with.hears("RCPT TO:<d@").says("250 ok").hears("DATA").says("354 go").hears_data(message);
                } else {
                    with.hears("RCPT TO:<a@d.example> IGNOREQUOTA").hears("RCPT").hears("RCPT").hears("RCPT").hears("BDAT");
                    with.hears_octets(message_text.size(), message).says("250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n250 ok");
                }
                with.says("250 for a\r\n552 full\r\n450 later").hears("QUIT");
            }}};
            const auto reply = scene.deliver(request({host(peer)}, {"a@d.example", "b@d.example", "c@d.example", "d@d.example"},
                                                     {{"protocol", "lmtp"}, {"lmtp_ignore_quota", "true"}}));
            peer.finish();
            EXPECT_EQ(reply.outcomes[0].text, "250 for a");
            EXPECT_EQ(reply.outcomes[1].text, "SMTP error from remote mail server after RCPT TO:<b@d.example>: 550 no");
            EXPECT_EQ(reply.outcomes[2].fate, Fate::failed);
            EXPECT_EQ(reply.outcomes[2].text, "LMTP error after DATA: 552 full");
            EXPECT_EQ(reply.outcomes[3].fate, Fate::deferred);
            EXPECT_EQ(reply.outcomes[3].error_name, "data_4xx");
            EXPECT_EQ(reply.outcomes[3].error_number, 0);
            EXPECT_TRUE(reply.host_failures.empty());
            EXPECT_EQ(scene.spool.delivered.at(0).children, std::vector<std::string>{"u0"});
        });
}

// --- what cannot be done ---

TEST(DeliveryRun, DefersWhatItCannotObey)
{
    play([](Scene& scene) {
        const std::pair<router::Option, std::string> cases[] = {
            {{"no_such_option", "x"}, "option no_such_option of the smtp transport: there is no such option"},
            {{"command_timeout", "0s"}, "option command_timeout of the smtp transport: \"0s\" is no time that it may have"},
            {{"protocol", "uucp"}, "option protocol of the smtp transport: \"uucp\" is unknown"},
            {{"port", "http"}, "\"http\" is not a port number or the name of a mail service"},
            {{"keepalive", "maybe"}, "option keepalive of the smtp transport: \"maybe\" is neither true nor false"},
            {{"dscp", "64"}, "option dscp of the smtp transport: \"64\" is no DSCP value"},
            {{"hosts_require_tls", "+tls_hosts"}, "the host list hosts_require_tls could not be checked: router is not there"},
            {{"interface", "eth0"}, "interface: \"eth0\" is not an IP address"},
        };
        for (const auto& [option, text] : cases) {
            const auto reply = scene.deliver(request({nobody_listens()}, {"u@dst.example"}, {option}));
            EXPECT_EQ(reply.outcomes[0].fate, Fate::deferred);
            EXPECT_EQ(reply.outcomes[0].text, text);
            EXPECT_EQ(reply.outcomes[0].error_number, -1);
            EXPECT_TRUE(reply.host_failures.empty());
        }
    });
}

TEST(DeliveryRun, TellsQmgrWhatSpooldWouldNotRecord)
{
    play([](Scene& scene) {
        std::string message;
        scene.spool.refusal = permanent("unknown ticket");
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT").says("250 ok");
            with.hears("DATA").says("354 go").hears_data(message).says("250 ok").hears("QUIT");
        }}};
        const auto reply = scene.deliver(request({host(peer)}));
        EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered);
        EXPECT_TRUE(reply.outcomes[0].unrecorded);
        peer.finish();
    });
}

TEST(DeliveryRun, DefersWhenTheSpoolHasNoSuchMessage)
{
    play([](Scene& scene) {
        ScriptedPeer peer{{[&](Dialogue& with) { with.says("220 peer").hears("EHLO").says(plain_hello).hears("QUIT"); }}};
        auto asked = request({host(peer)});
        asked.ticket = "forged";
        EXPECT_EQ(scene.deliver(asked).outcomes[0].text, "the message could not be read from the spool: wrong ticket");
        peer.finish();
    });
}

// Plays router for host lists that need the language.
class FakeRouter final : public ipc::Endpoint<router::ExpandOption> {
public:
    std::vector<router::ExpandOption> asked;
    Result<router::Expanded> answer(const router::ExpandOption& question, ipc::Channel&) override
    {
        asked.push_back(question);
        return router::Expanded{.text = "yes"};
    }
};

TEST(DeliveryRun, AsksRouterAboutListsThatNeedTheLanguage)
{
    play([](Scene& scene) {
        FakeRouter fake;
        ipc::Link link{"router"};
        auto [ours, theirs] = test::channel_pair(nullptr, &fake);
        link.add(ours);
        scene.router = &link;
        ScriptedPeer peer{{[&](Dialogue& with) { with.says("220 peer").hears("EHLO").says(plain_hello).hears("QUIT"); }}};
        const auto reply = scene.deliver(request({host(peer)}, {"u@dst.example"}, {{"hosts_require_tls", "+tls_hosts"}}));
        EXPECT_EQ(reply.outcomes[0].text, "a TLS session is required, but the server did not offer TLS support");
        EXPECT_EQ(reply.outcomes[0].error_name, "tls_required");
        ASSERT_EQ(fake.asked.size(), 1u);
        EXPECT_EQ(fake.asked[0].instance, "remote_smtp");
        EXPECT_EQ(fake.asked[0].option, "hosts_require_tls");
        peer.finish();
        ours->close("done");
        theirs->close("done");
        event::sleep_for(Duration{1}); // the channels tell the fake that they are gone
    });
}

}
}
