// PLAIN, LOGIN, EXTERNAL and ANONYMOUS as the driver gsasl has them: $auth1 the user, $auth2 whom he acts for,
// $auth3 the password; server_condition decides (manual chapter 37).

#include "common/auth/detail/gsasl.h"

namespace gp::auth {
namespace {

class Server final : public ServerExchange {
public:
    explicit Server(const GsaslServerOptions& options) : options_(options) {}

    Move begin(expand::Scene& scene, const std::optional<std::string>& initial) override
    {
        if (initial)
            return answer(scene, *initial);
        return Move::challenge(is_login() ? "User Name" : "");
    }
    Move answer(expand::Scene& scene, std::string_view response) override
    {
        if (is_login() && credentials_.count() == 0) {
            credentials_.add(std::string(response));
            return Move::challenge("Password");
        }
        if (is_login()) {
            credentials_.set(3, std::string(response));
        } else if (options_.mechanism == "PLAIN") {
            const auto pieces = pieces_of(response);
            if (pieces.size() != 3)
                return {Move::Kind::malformed, {}};
            credentials_.add(pieces[1]);
            credentials_.add(pieces[0]);
            credentials_.add(pieces[2]);
        } else {
            credentials_.add(std::string(response));
        }
        return judge(scene, credentials_, options_.condition.value_or(expand::Expression{}));
    }

private:
    bool is_login() const { return options_.mechanism == "LOGIN"; }
    const GsaslServerOptions& options_;
};

class Client final : public ClientExchange {
public:
    explicit Client(const GsaslClientOptions& options) : options_(options) {}

    ClientMove begin(expand::Scene& scene) override
    {
        names_ = names_of(scene, options_);
        if (names_.instead)
            return *names_.instead;
        if (options_.mechanism == "LOGIN")
            return ClientMove::send(std::nullopt);
        if (options_.mechanism == "PLAIN")
            return ClientMove::send(names_.authorization + '\0' + names_.user + '\0' + names_.password);
        return ClientMove::send(names_.user);
    }
    ClientMove answer(expand::Scene&, std::string_view) override
    {
        if (options_.mechanism != "LOGIN" || step_ == 2)
            return ClientMove::cancel("the server asked for more");
        return ClientMove::send(step_++ == 0 ? names_.user : names_.password);
    }

private:
    const GsaslClientOptions& options_;
    ClientNames names_;
    int step_ = 0;
};

}

ClientNames names_of(expand::Scene& scene, const GsaslClientOptions& options)
{
    ClientNames names;
    const std::pair<const expand::Expression*, std::string*> texts[] = {{&options.user, &names.user},
                                                                        {&options.password, &names.password},
                                                                        {&options.authorization, &names.authorization}};
    for (const auto& [text, into] : texts) {
        auto words = text->expand(scene);
        if (words)
            *into = std::move(words->text);
        else if (words.error().cause == Cause::forced_fail)
            names.instead = ClientMove::cancel("forced failure");
        else
            names.instead = ClientMove::fail("expansion failed: " + words.error().text);
    }
    return names;
}

std::unique_ptr<ServerExchange> simple_server(const GsaslServerOptions& options)
{
    return std::make_unique<Server>(options);
}

std::unique_ptr<ClientExchange> simple_client(const GsaslClientOptions& options)
{
    return std::make_unique<Client>(options);
}

}
