// cram_md5: a secret that both sides know answers a challenge; RFC 2195, manual chapter 35.

#include "common/auth/challenge.h"
#include "common/auth/mechanism.h"
#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/expand/digest.h"

namespace gp::auth {
namespace {

Result<std::string> digest_for(std::string_view secret, std::string_view challenge)
{
    return hex_encode(TRY(expand::keyed_digest(expand::Digest::md5, secret, challenge)));
}

class Server final : public ServerExchange {
public:
    struct Options {
        expand::Expression secret;
        std::optional<expand::Expression> condition;
    };
    explicit Server(const Options& options) : options_(options) {}

    Move begin(expand::Scene& scene, const std::optional<std::string>& initial) override
    {
        if (initial)
            return {Move::Kind::unexpected, {}};
        const auto* clock = scene.world.effects.clock;
        challenge_ = fresh_challenge(clock ? clock->seconds() : 0, scene.site().primary_hostname);
        return Move::challenge(challenge_);
    }

    Move answer(expand::Scene& scene, std::string_view response) override
    {
        const auto blank = response.rfind(' ');
        credentials_.clear();
        credentials_.add(std::string(trim_right(response.substr(0, blank)))); // the log names it in any case
        if (blank == std::string_view::npos)
            return Move::rejected();
        auto secret = value_of(scene, credentials_, options_.secret);
        if (!secret.text)
            return *secret.instead;
        const auto wanted = digest_for(*secret.text, challenge_);
        if (!wanted)
            return Move::deferred(wanted.error().text);
        if (!expand::same_secret(*wanted, lower(response.substr(blank + 1))))
            return Move::rejected();
        return judge_if_set(scene, credentials_, options_.condition);
    }

    bool takes_initial_data() const override { return false; }

private:
    const Options& options_;
    std::string challenge_;
};

class Client final : public ClientExchange {
public:
    struct Options {
        expand::Expression name, secret;
    };
    explicit Client(const Options& options) : options_(options) {}

    ClientMove begin(expand::Scene& scene) override
    {
        if (auto instead = expand_all(scene, {{options_.name, name_}, {options_.secret, secret_}}))
            return std::move(*instead);
        return ClientMove::send(std::nullopt);
    }
    ClientMove answer(expand::Scene&, std::string_view challenge) override
    {
        const auto digest = digest_for(secret_, challenge);
        if (!digest)
            return ClientMove::fail(digest.error().text);
        return ClientMove::send(name_ + " " + *digest);
    }

private:
    const Options& options_;
    std::string name_, secret_;
};

Result<std::unique_ptr<Authenticator>> make(const Setup& setup)
{
    auto made = std::make_unique<TwoSided<Server, Client>>();
    if (setup.is_set("server_secret")) {
        auto secret = TRY(setup.text("server_secret"));
        auto condition = TRY(optional_text(setup, "server_condition"));
        made->server = Server::Options{std::move(secret), std::move(condition)};
    }
    if (setup.is_set("client_secret")) {
        auto name = setup.is_set("client_name") ? TRY(setup.text("client_name")) : TRY(setup.language.parse("$primary_hostname"));
        auto secret = TRY(setup.text("client_secret"));
        made->client = Client::Options{std::move(name), std::move(secret)};
    }
    return std::unique_ptr<Authenticator>{std::move(made)};
}

const RegisterMechanism self{{.name = "cram_md5", .make = make, .doc = "A shared secret answers a challenge."}};

}
}
