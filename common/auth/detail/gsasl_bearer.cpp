// XOAUTH2 and OAUTHBEARER (RFC 7628): $auth1 is the user, $auth3 the token; server_condition looks it up.

#include "common/auth/detail/gsasl.h"
#include "common/base/text.h"

namespace gp::auth {
namespace {

constexpr std::string_view refusal = R"({"status":"401","schemes":"bearer"})";
constexpr char separator = '\x01';

class Server final : public ServerExchange {
public:
    explicit Server(const GsaslServerOptions& options) : options_(options) {}

    Move begin(expand::Scene& scene, const std::optional<std::string>& initial) override
    {
        return initial ? answer(scene, *initial) : Move::challenge({});
    }
    Move answer(expand::Scene& scene, std::string_view response) override
    {
        if (refused_) // the client has read why and says goodbye: section 3.2.3
            return Move::rejected();
        if (!read(response))
            return {Move::Kind::malformed, {}};
        auto move = judge(scene, credentials_, options_.condition.value_or(expand::Expression{}));
        if (move.kind != Move::Kind::rejected)
            return move;
        refused_ = true;
        return Move::challenge(std::string(refusal));
    }

private:
    bool read(std::string_view message)
    {
        std::string user, token, host;
        for (auto part : split(message, separator)) {
            if (part.starts_with("n,a=")) // the gs2 header
                user = trim(part.substr(4, part.rfind(',') - 4));
            else if (part.starts_with("user="))
                user = part.substr(5);
            else if (part.starts_with("host="))
                host = part.substr(5);
            else if (starts_nocase(part, "auth=bearer "))
                token = trim(part.substr(12));
        }
        credentials_.clear();
        credentials_.add(std::move(user));
        credentials_.add(std::move(host));
        credentials_.add(token);
        return !token.empty();
    }

    const GsaslServerOptions& options_;
    bool refused_ = false;
};

class Client final : public ClientExchange {
public:
    explicit Client(const GsaslClientOptions& options) : options_(options) {}

    ClientMove begin(expand::Scene& scene) override
    {
        auto names = names_of(scene, options_);
        if (names.instead)
            return *names.instead;
        const std::string end(1, separator);
        const auto token = "auth=Bearer " + names.password + end + end;
        if (options_.mechanism == "XOAUTH2")
            return ClientMove::send("user=" + names.user + end + token);
        return ClientMove::send("n,a=" + names.user + "," + end + token);
    }
    ClientMove answer(expand::Scene&, std::string_view) override
    {
        return ClientMove::send(std::string(1, separator)); // the challenge says why we are refused
    }

private:
    const GsaslClientOptions& options_;
};

}

std::unique_ptr<ServerExchange> bearer_server(const GsaslServerOptions& options)
{
    return std::make_unique<Server>(options);
}

std::unique_ptr<ClientExchange> bearer_client(const GsaslClientOptions& options)
{
    return std::make_unique<Client>(options);
}

}
