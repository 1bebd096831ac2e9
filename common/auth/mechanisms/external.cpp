// external: the client names itself, something else (its certificate) has shown who it is; RFC 4422 appendix A,
// manual chapter 40.

#include "common/auth/mechanism.h"

namespace gp::auth {
namespace {

class Server final : public ServerExchange {
public:
    struct Options {
        expand::Expression second, third;
        std::optional<expand::Expression> condition;
    };
    explicit Server(const Options& options) : options_(options) {}

    Move begin(expand::Scene& scene, const std::optional<std::string>& initial) override
    {
        return initial ? answer(scene, *initial) : Move::challenge({});
    }
    Move answer(expand::Scene& scene, std::string_view response) override
    {
        credentials_.clear();
        credentials_.add(std::string(response.substr(0, response.find('\0')))); // what follows has no name here
        std::size_t number = 1;
        for (const auto* parameter : {&options_.second, &options_.third}) {
            auto value = value_of(scene, credentials_, *parameter);
            if (!value.text)
                return *value.instead;
            credentials_.set(++number, std::move(*value.text));
        }
        return judge_if_set(scene, credentials_, options_.condition);
    }

private:
    const Options& options_;
};

class Client final : public ClientExchange {
public:
    struct Options {
        expand::Expression send;
    };
    explicit Client(const Options& options) : options_(options) {}

    ClientMove begin(expand::Scene& scene) override
    {
        auto words = options_.send.expand(scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return ClientMove::cancel("client_send forced failure");
        if (!words)
            return ClientMove::fail("expansion of client_send failed: " + words.error().text);
        return ClientMove::send(std::move(words->text));
    }
    ClientMove answer(expand::Scene&, std::string_view) override
    {
        return ClientMove::cancel("the server asked for more");
    }

private:
    const Options& options_;
};

Result<std::unique_ptr<Authenticator>> make(const Setup& setup)
{
    auto made = std::make_unique<TwoSided<Server, Client>>();
    if (setup.is_set("server_param2") || setup.is_set("server_param3") || setup.is_set("server_condition")) {
        auto param2 = TRY(setup.text("server_param2"));
        auto param3 = TRY(setup.text("server_param3"));
        auto condition = TRY(optional_text(setup, "server_condition"));
        made->server = Server::Options{std::move(param2), std::move(param3), std::move(condition)};
    }
    if (setup.is_set("client_send"))
        made->client = Client::Options{TRY(setup.text("client_send"))};
    return std::unique_ptr<Authenticator>{std::move(made)};
}

const RegisterMechanism self{{.name = "external", .make = make, .doc = "The client's certificate, and a name that it gives."}};

}
}
