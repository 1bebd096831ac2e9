// plaintext: PLAIN (RFC 4616), LOGIN, and exchanges with prompts of one's own (manual chapter 34).

#include "common/auth/mechanism.h"
#include "common/config/list.h"

namespace gp::auth {
namespace {

// Asks prompt after prompt until there is an answer for each; NULs part an answer into several.
class Server final : public ServerExchange {
public:
    struct Options {
        expand::Expression prompts, condition;
    };
    explicit Server(const Options& options) : options_(options) {}

    Move begin(expand::Scene& scene, const std::optional<std::string>& initial) override
    {
        auto prompts = value_of(scene, credentials_, options_.prompts);
        if (!prompts.text)
            return *prompts.instead;
        prompts_ = config::split_list(*prompts.text);
        if (initial)
            take(*initial);
        asked_ = credentials_.count(); // what came at once answers the first prompts
        return go_on(scene);
    }

    Move answer(expand::Scene& scene, std::string_view response) override
    {
        take(response);
        return go_on(scene);
    }

private:
    void take(std::string_view octets)
    {
        for (auto& piece : pieces_of(octets))
            credentials_.add(std::move(piece));
    }
    Move go_on(expand::Scene& scene)
    {
        if (asked_ < prompts_.size())
            return Move::challenge(prompts_[asked_++]);
        return judge(scene, credentials_, options_.condition);
    }

    const Options& options_;
    std::vector<std::string> prompts_;
    std::size_t asked_ = 0;
};

// Sends string after string; "^" is a NUL, "^^" a circumflex (manual 34.3).
class Client final : public ClientExchange {
public:
    struct Options {
        std::vector<expand::Expression> strings;
    };
    explicit Client(const Options& options) : options_(options) {}

    ClientMove begin(expand::Scene& scene) override
    {
        auto first = next(scene);
        if (first.octets && first.octets->empty())
            first.octets.reset();
        return first;
    }
    ClientMove answer(expand::Scene& scene, std::string_view challenge) override
    {
        if (credentials_.count() < Credentials::most)
            credentials_.add(std::string(challenge));
        return next(scene);
    }

private:
    static std::string with_nuls(std::string_view text)
    {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '^')
                out += text[i];
            else if (i + 1 < text.size() && text[i + 1] == '^')
                out += text[i++];
            else
                out += '\0';
        }
        return out;
    }
    ClientMove next(expand::Scene& scene)
    {
        if (at_ == options_.strings.size())
            return ClientMove::cancel("Too few items in client_send");
        credentials_.show(scene);
        auto words = options_.strings[at_++].expand(scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return ClientMove::cancel({});
        if (!words)
            return failed_expansion(options_.strings[at_ - 1], words.error());
        return ClientMove::send(with_nuls(words->text));
    }

    const Options& options_;
    Credentials credentials_;
    std::size_t at_ = 0;
};

Result<std::unique_ptr<Authenticator>> make(const Setup& setup)
{
    auto made = std::make_unique<TwoSided<Server, Client>>();
    if (setup.is_set("server_condition")) {
        auto prompts = TRY(setup.text("server_prompts"));
        auto condition = TRY(setup.text("server_condition"));
        made->server = Server::Options{std::move(prompts), std::move(condition)};
    }
    if (setup.is_set("client_send")) {
        Client::Options options;
        for (const auto& item : config::split_list(setup.settings.expandable("client_send").text))
            options.strings.push_back(TRY(setup.language.parse(item)));
        made->client = std::move(options);
    }
    return std::unique_ptr<Authenticator>{std::move(made)};
}

const RegisterMechanism self{{.name = "plaintext", .make = make, .doc = "PLAIN, LOGIN, and prompts of one's own."}};

}
}
