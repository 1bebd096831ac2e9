// tls: no AUTH command at all; a client whose TLS session satisfies the condition is authenticated by it (manual
// chapter 41).

#include "common/auth/mechanism.h"

namespace gp::auth {
namespace {

class Server final : public ServerExchange {
public:
    struct Options {
        std::vector<expand::Expression> parameters;
        std::optional<expand::Expression> condition;
    };
    explicit Server(const Options& options) : options_(options) {}

    Move begin(expand::Scene& scene, const std::optional<std::string>&) override
    {
        for (std::size_t i = 0; i < options_.parameters.size(); ++i) {
            auto value = value_of(scene, credentials_, options_.parameters[i]);
            if (!value.text)
                return *value.instead;
            credentials_.set(i + 1, std::move(*value.text));
        }
        return judge_if_set(scene, credentials_, options_.condition);
    }
    Move answer(expand::Scene&, std::string_view) override { return Move::rejected(); }

private:
    const Options& options_;
};

class OneSided final : public Authenticator {
public:
    explicit OneSided(Server::Options options) : options_(std::move(options)) {}
    std::unique_ptr<ServerExchange> serve() const override { return std::make_unique<Server>(options_); }

private:
    const Server::Options options_;
};

Result<std::unique_ptr<Authenticator>> make(const Setup& setup)
{
    Server::Options options;
    for (std::string_view name : {"server_param1", "server_param2", "server_param3"})
        options.parameters.push_back(TRY(setup.text(name)));
    options.condition = TRY(optional_text(setup, "server_condition"));
    return std::unique_ptr<Authenticator>{std::make_unique<OneSided>(std::move(options))};
}

const RegisterMechanism self{{.name = "tls", .make = make, .doc = "The client's certificate alone."}};

}
}
