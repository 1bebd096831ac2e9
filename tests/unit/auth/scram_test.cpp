// SCRAM and the TLS channel: RFC 5802 section 6, RFC 9266.
#include <gtest/gtest.h>

#include "common/auth/detail/gsasl.h"
#include "common/auth/detail/scram.h"
#include "common/base/encoding.h"
#include "common/base/text.h"

namespace gp::auth {
namespace {

const Channel::Name exporter{"tls-exporter", std::string(32, 'e')}, unique{"tls-unique", std::string(12, 'u')};

struct Outcome {
    Move server;
    bool is_client_convinced = false;
    std::string first; // of the client
};

// A whole exchange; what one of them says may be changed on its way.
class Exchange {
public:
    expand::Language language = expand::Language::linked();
    expand::Site site{};
    lookup::Lookups lookups{Registry<lookup::Driver>::linked(), lookup::Environment{}};
    match::Lists lists{match::NamedLists{}, match::Self{}, lookups, nullptr};
    expand::World world{.language = language, .site = site, .lookups = lookups, .lists = lists, .effects = {}};
    expand::Scene scene{world};
    GsaslServerOptions server_options{.mechanism = "SCRAM-SHA-256", .password = expand::Expression::literal("pencil"), .has_password = true};
    GsaslClientOptions client_options{.mechanism = "SCRAM-SHA-256", .user = expand::Expression::literal("joe"),
                                      .password = expand::Expression::literal("pencil")};
    Channel server_channel, client_channel;
    std::string replaced, by; // in the client's first message

    Outcome run()
    {
        const auto server = scram_server(server_options, expand::Digest::sha256);
        const auto client = scram_client(client_options, expand::Digest::sha256);
        server->set_channel(server_channel);
        client->set_channel(client_channel);
        auto said = client->begin(scene);
        Outcome out{.first = said.octets.value_or("")};
        if (!replaced.empty())
            said.octets = replace_all(*said.octets, replaced, by);
        out.server = server->begin(scene, said.octets);
        for (int step = 0; step < 5 && !out.server.ends(); ++step) {
            said = client->answer(scene, out.server.text);
            if (said.kind != ClientMove::Kind::send)
                break;
            out.server = server->answer(scene, *said.octets);
        }
        out.is_client_convinced = client->is_convinced();
        return out;
    }
};

TEST(Scram, IsBoundToTheChannelThatBothHave)
{
    for (const auto& name : {exporter, unique}) {
        Exchange exchange;
        exchange.server_channel = {.names = {unique, exporter}, .is_bound = true, .server_can_bind = true};
        exchange.client_channel = {.names = {name}, .is_bound = true, .server_can_bind = true};
        const auto out = exchange.run();
        EXPECT_EQ(out.server.kind, Move::Kind::accepted) << out.server.text;
        EXPECT_TRUE(out.is_client_convinced);
        EXPECT_TRUE(out.first.starts_with("p=" + name.type + ",,n=joe,r=")) << out.first;
    }
}

TEST(Scram, AnotherChannelIsRefused)
{
    Exchange exchange;
    exchange.server_channel = {.names = {exporter}, .is_bound = true, .server_can_bind = true};
    exchange.client_channel = {.names = {{"tls-exporter", std::string(32, 'x')}}, .is_bound = true, .server_can_bind = true};
    auto out = exchange.run();
    EXPECT_EQ(out.server.kind, Move::Kind::rejected);
    EXPECT_NE(out.server.text.find("another TLS connection"), std::string::npos) << out.server.text;
    EXPECT_FALSE(out.is_client_convinced);

    exchange.client_channel.names = {{"tls-server-end-point", "x"}};
    out = exchange.run();
    EXPECT_EQ(out.server.kind, Move::Kind::rejected);
    EXPECT_NE(out.server.text.find("no channel binding of the type tls-server-end-point"), std::string::npos) << out.server.text;
}

TEST(Scram, AClientThatWasKeptFromBindingIsRefused)
{
    Exchange exchange;
    exchange.client_options.binding = Binding::if_possible;
    exchange.client_channel = {.names = {exporter}};
    exchange.server_channel = {.names = {exporter}, .server_can_bind = true};
    auto out = exchange.run();
    EXPECT_TRUE(out.first.starts_with("y,,")) << out.first;
    EXPECT_EQ(out.server.kind, Move::Kind::rejected);
    // Nobody has offered it, or nobody could use it.
    exchange.server_channel.server_can_bind = false;
    EXPECT_EQ(exchange.run().server.kind, Move::Kind::accepted);
    exchange.client_channel.names.clear();
    out = exchange.run();
    EXPECT_TRUE(out.first.starts_with("y,,")) << out.first;
    EXPECT_EQ(out.server.kind, Move::Kind::accepted);
    // Somebody in between sees to it that nothing can be bound on our side, and has TLS with the server.
    exchange.server_channel.server_can_bind = true;
    out = exchange.run();
    EXPECT_TRUE(out.first.starts_with("y,,")) << out.first;
    EXPECT_EQ(out.server.kind, Move::Kind::rejected);
    // It does not bind, and says so.
    exchange.client_options.binding = Binding::never;
    exchange.client_channel.names = {exporter};
    exchange.server_channel.server_can_bind = true;
    out = exchange.run();
    EXPECT_TRUE(out.first.starts_with("n,,")) << out.first;
    EXPECT_EQ(out.server.kind, Move::Kind::accepted);
}

// Manual 38: what is known of a password counts where it fits.
TEST(Scram, KeysAndSaltedPasswordsOfTheWrongSizeAreComputed)
{
    Exchange exchange;
    exchange.server_options.salt = expand::Expression::literal(base64_encode("salt"));
    exchange.client_options.has_salted = true;
    const auto salted = scram::salted_password(expand::Digest::sha256, "pencil", "salt", 4096);
    ASSERT_TRUE(salted);
    const auto spassword = [&](const std::string& text) {
        exchange.client_options.salted_password = *exchange.language.parse(text);
        return exchange.run().server.kind;
    };
    exchange.client_options.password = expand::Expression::literal("wrong");
    EXPECT_EQ(spassword("${if and{{eq{$auth1}{joe}}{eq{$auth2}{4096}}{eq{$auth3}{c2FsdA==}}}{" + hex_encode(*salted) + "}}"),
              Move::Kind::accepted);
    EXPECT_EQ(spassword("${if eq{$auth2}{1}{" + hex_encode(*salted) + "}}"), Move::Kind::rejected);
    exchange.client_options.password = expand::Expression::literal("pencil");
    EXPECT_EQ(spassword("abcd"), Move::Kind::accepted);
    EXPECT_EQ(spassword(std::string(64, 'x')), Move::Kind::accepted);
    EXPECT_EQ(spassword("${if eq{1}{2}{}fail}"), Move::Kind::challenge); // the client gives up, and the server waits

    const auto keys = scram::keys_of(expand::Digest::sha256, *salted);
    ASSERT_TRUE(keys);
    exchange.client_options.has_salted = false;
    exchange.server_options.has_keys = true;
    exchange.server_options.password = expand::Expression::literal("another");
    exchange.server_options.stored_key = expand::Expression::literal(base64_encode(keys->stored));
    exchange.server_options.server_key = expand::Expression::literal(base64_encode(keys->server));
    EXPECT_EQ(exchange.run().server.kind, Move::Kind::accepted);
    exchange.server_options.server_key = expand::Expression::literal("");
    EXPECT_EQ(exchange.run().server.kind, Move::Kind::rejected); // by the password
    exchange.server_options.has_password = false;
    EXPECT_EQ(exchange.run().server.kind, Move::Kind::deferred);
}

TEST(Scram, TheFlagMustFitTheMechanism)
{
    for (const std::string flag : {"n,", "y,", "q,", ",", "", "p,"}) {
        Exchange exchange;
        exchange.server_channel = {.names = {exporter}, .is_bound = true, .server_can_bind = true};
        exchange.client_channel = exchange.server_channel;
        exchange.replaced = "p=tls-exporter,";
        exchange.by = flag;
        const auto kind = exchange.run().server.kind;
        EXPECT_EQ(kind, Move::Kind::malformed) << flag;
    }
    for (const std::string flag : {"p=tls-exporter,", "q,", "p,", "ny,"}) {
        Exchange exchange;
        exchange.server_channel = {.names = {exporter}, .server_can_bind = true};
        exchange.replaced = "n,,n=joe";
        exchange.by = flag + ",n=joe";
        EXPECT_EQ(exchange.run().server.kind, Move::Kind::malformed) << flag;
    }
    // Somebody who changes the flag on its way changes what the proof is of.
    Exchange exchange;
    exchange.client_options.binding = Binding::if_possible;
    exchange.client_channel = {.names = {exporter}};
    exchange.server_channel = {.names = {exporter}, .server_can_bind = true};
    exchange.replaced = "y,,";
    exchange.by = "n,,";
    EXPECT_EQ(exchange.run().server.kind, Move::Kind::malformed);
}

}
}
