// Messages in UTF-8, to hosts that take them and to those that do not.
#include "delivery/remote/delivery_run.h"

#include "scene.h"

namespace gp::remote {
namespace {

using delivery::Fate;
using gp::testing::Dialogue;
using gp::testing::ScriptedPeer;

TEST(DeliveryRun, SaysWhenAMessageNeedsWhatTheHostDoesNotOffer)
{
    play([](Scene& scene) {
        ScriptedPeer peer{{[&](Dialogue& with) { with.says("220 peer").hears("EHLO").says(plain_hello).hears("QUIT"); },
                           [&](Dialogue& with) {
                               std::string octets;
                               with.says("220 peer").hears("EHLO").says("250-peer\r\n250-8BITMIME\r\n250 SMTPUTF8");
                               EXPECT_EQ(with.line(), "MAIL FROM:<a@src.example> SMTPUTF8");
                               with.says("550 enough seen").hears("QUIT");
                           }}};
        auto asked = request({host(peer)}, {"\xc3\xbc@dst.example"});
        asked.smtputf8 = true;
        asked.instruction.options.push_back({"utf8_downconvert", "0"});
        EXPECT_EQ(scene.deliver(asked).outcomes[0].text, "the address needs SMTPUTF8, which the host does not offer");
        EXPECT_EQ(scene.deliver(asked).outcomes[0].fate, Fate::failed);
        peer.finish();
    });
}

TEST(DeliveryRun, SendsAddressesInTheirAsciiFormWhereAHostNeedsItOrAnAclSaidSo)
{
    for (const std::string mode : {"", "-1", "1"})
        play([&](Scene& scene) {
            const bool always = mode == "1";
            ScriptedPeer peer{{[&](Dialogue& with) {
                with.says("220 peer").hears("EHLO").says(always ? "250-peer\r\n250 SMTPUTF8" : "250 peer");
                EXPECT_EQ(with.line(), "MAIL FROM:<a@src.example>");
                with.says("250 ok");
                EXPECT_EQ(with.line(), "RCPT TO:<xn--tda@xn--bcher-kva.example>");
                with.says("550 enough seen").hears("QUIT");
            }}};
            auto asked = request({host(peer)}, {"\xc3\xbc@b\xc3\xbc" "cher.example"});
            asked.smtputf8 = true;
            if (!mode.empty())
                asked.instruction.options.push_back({"utf8_downconvert", mode});
            EXPECT_EQ(scene.deliver(asked).outcomes[0].smtp_code, 550u);
            peer.finish();
        });
}

// The envelope is what is converted (manual chapter 60): whoever asks for it wants the message to go, headers and all.
TEST(DeliveryRun, AnAskedConversionLetsHeadersGoAsTheyAre)
{
    for (const std::string mode : {"", "-1"})
        play([&](Scene& scene) {
            ScriptedPeer peer{{[&](Dialogue& with) {
                with.says("220 peer").hears("EHLO").says(plain_hello);
                if (!mode.empty())
                    with.hears("MAIL FROM:<a@src.example>").says("550 enough seen");
                with.hears("QUIT");
            }}};
            auto asked = request({host(peer)}, {"\xc3\xbc@dst.example"});
            asked.smtputf8 = true;
            asked.instruction.headers_add = "X-Name: \xc3\xbc\r\n";
            if (!mode.empty())
                asked.instruction.options.push_back({"utf8_downconvert", mode});
            const auto outcome = scene.deliver(asked).outcomes[0];
            EXPECT_EQ(outcome.text.find("needs SMTPUTF8") != std::string::npos, mode.empty()) << outcome.text;
            peer.finish();
        });
}

}
}
