// spa: NTLM, "Secure Password Authentication" of Microsoft's clients; manual chapter 42. What a server gives
// a client is a challenge, what comes back is made of it and of the password; versions 1 and 2 are understood.

#include "common/auth/detail/ntlm.h"
#include "common/auth/mechanism.h"
#include "common/base/random.h"

namespace gp::auth {
namespace {

class Server final : public ServerExchange {
public:
    struct Options {
        expand::Expression password;
        std::optional<expand::Expression> condition;
    };
    explicit Server(const Options& options) : options_(options) {}

    // The client begins; one that sent nothing with AUTH is told, not in base64, that it may.
    Move begin(expand::Scene&, const std::optional<std::string>& initial) override
    {
        if (initial)
            return challenged();
        return Move::told("NTLM supported");
    }
    Move answer(expand::Scene& scene, std::string_view response) override
    {
        return challenge_.empty() ? challenged() : judged(scene, response);
    }

    bool knows_of_cancelling() const override { return false; } // as in Exim

private:
    // What the client says of itself first decides nothing; Exim does not look at it either.
    Move challenged()
    {
        challenge_.resize(ntlm::challenge_size);
        random_bytes(challenge_);
        return Move::challenge(ntlm::challenge_message(challenge_));
    }
    Move judged(expand::Scene& scene, std::string_view response)
    {
        const auto answer = ntlm::answer_of(response);
        if (!answer)
            return Move::rejected();
        credentials_.clear();
        credentials_.add(answer->user.substr(0, answer->user.find('\0')));
        const auto password = value_of(scene, credentials_, options_.password);
        if (!password.text)
            return *password.instead;
        const auto right = ntlm::is_response(*answer, *password.text, challenge_);
        if (!right)
            return Move::deferred(right.error().text);
        return *right ? judge_if_set(scene, credentials_, options_.condition) : Move::rejected();
    }

    const Options& options_;
    std::string challenge_;
};

class Client final : public ClientExchange {
public:
    struct Options {
        expand::Expression user, password, domain;
    };
    explicit Client(const Options& options) : options_(options) {}

    ClientMove begin(expand::Scene& scene) override
    {
        if (auto instead = expand_all(scene, {{options_.user, user_}, {options_.password, password_}, {options_.domain, domain_}}))
            return std::move(*instead);
        return ClientMove::send(std::nullopt);
    }
    ClientMove answer(expand::Scene&, std::string_view challenge) override
    {
        if (step_++ == 0)
            return ClientMove::send(ntlm::negotiation(domain_));
        if (step_ > 2)
            return ClientMove::cancel("the server asked for more");
        const auto octets = ntlm::challenge_of(challenge);
        if (!octets)
            return ClientMove::cancel("the server's challenge: " + octets.error().text);
        auto message = ntlm::answer_message(user_, domain_, password_, *octets);
        if (!message)
            return ClientMove::fail(message.error().text);
        return ClientMove::send(std::move(*message));
    }
    bool takes_any_words() const override { return step_ == 0; } // "334 NTLM supported"

private:
    const Options& options_;
    std::string user_, password_, domain_;
    int step_ = 0;
};

Result<std::unique_ptr<Authenticator>> make(const Setup& setup)
{
    auto made = std::make_unique<TwoSided<Server, Client>>();
    if (setup.is_set("server_password")) {
        auto password = TRY(setup.text("server_password"));
        auto condition = TRY(optional_text(setup, "server_condition"));
        made->server = Server::Options{std::move(password), std::move(condition)};
    }
    if (setup.is_set("client_username") != setup.is_set("client_password"))
        return permanent("client_username and client_password belong together");
    if (setup.is_set("client_username")) {
        auto username = TRY(setup.text("client_username"));
        auto password = TRY(setup.text("client_password"));
        auto domain = TRY(setup.text("client_domain"));
        made->client = Client::Options{std::move(username), std::move(password), std::move(domain)};
    }
    return std::unique_ptr<Authenticator>{std::move(made)};
}

const RegisterMechanism self{{.name = "spa", .make = make, .doc = "NTLM: the password answers a challenge."}};

}
}
