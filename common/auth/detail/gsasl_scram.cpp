// SCRAM-SHA-1 and SCRAM-SHA-256, and both bound to the TLS channel: RFC 5802, RFC 7677.

#include "common/auth/detail/gsasl.h"
#include "common/auth/detail/scram.h"
#include "common/base/encoding.h"
#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::auth {
namespace {

const Move malformed{Move::Kind::malformed, {}};
constexpr std::string_view default_iterations = "4096";

class Server final : public ServerExchange {
public:
    Server(const GsaslServerOptions& options, expand::Digest kind) : options_(options), kind_(kind) {}

    Move begin(expand::Scene& scene, const std::optional<std::string>& initial) override
    {
        return initial ? answer(scene, *initial) : Move::challenge({});
    }
    Move answer(expand::Scene& scene, std::string_view response) override
    {
        switch (step_++) {
        case 0: return first(scene, response);
        case 1: return last(response);
        default: return judge_if_set(scene, credentials_, options_.condition);
        }
    }

private:
    // "n,a=authzid,n=user,r=nonce"; "p=tls-exporter,,n=user,r=nonce"
    Move first(expand::Scene& scene, std::string_view message)
    {
        const auto flag_end = message.find(',');
        const auto header_end = flag_end == std::string_view::npos ? flag_end : message.find(',', flag_end + 1);
        if (header_end == std::string_view::npos)
            return malformed;
        header_ = message.substr(0, header_end + 1);
        const auto authorization = message.substr(flag_end + 1, header_end - flag_end - 1);
        bare_ = message.substr(header_end + 1);
        auto attributes = scram::attributes_of(bare_);
        const auto user = scram::unquote_name(attributes['n']);
        const auto as_whom = scram::unquote_name(authorization.starts_with("a=") ? authorization.substr(2) : "");
        if (!user || user->empty() || !as_whom || attributes['r'].empty() || attributes.contains('m'))
            return malformed;
        credentials_.add(*user);
        credentials_.add(*as_whom);
        if (auto wrong = take_binding(message.substr(0, flag_end)))
            return *wrong;
        nonce_ = attributes['r'] + scram::fresh_nonce();
        if (auto failed = find_keys(scene))
            return *failed;
        server_first_ = "r=" + nonce_ + ",s=" + base64_encode(salt_) + ",i=" + std::to_string(iterations_);
        return Move::challenge(server_first_);
    }

    // Section 6: what the client says of the channel must fit with what was offered.
    std::optional<Move> take_binding(std::string_view flag)
    {
        if (channel_.is_bound != flag.starts_with("p="))
            return malformed;
        if (channel_.is_bound) {
            const auto found = std::ranges::find(channel_.names, flag.substr(2), &Channel::Name::type);
            if (found == channel_.names.end())
                return Move::rejected("this connection has no channel binding of the type " + escape(flag.substr(2), true));
            bound_to_ = found->data;
        } else if (flag == "y" && channel_.server_can_bind) {
            // Somebody took it out of the list on its way.
            return Move::rejected("the client could have bound the login to the connection, and has not seen that this was offered");
        } else if (flag != "y" && flag != "n") {
            return malformed;
        }
        return std::nullopt;
    }

    std::optional<Move> find_keys(expand::Scene& scene)
    {
        const auto get = [&](const expand::Expression& text, std::string& into) -> std::optional<Move> {
            auto value = value_of(scene, credentials_, text);
            if (!value.text)
                return value.instead;
            into = std::string(trim(*value.text));
            return std::nullopt;
        };
        std::string count, salt, stored, server, password;
        if (auto failed = get(options_.iterations, count))
            return failed;
        const auto number = parse_unsigned(count.empty() ? default_iterations : count);
        if (!number || *number == 0 || *number > scram::most_iterations)
            return Move::deferred("server_scram_iter is no good: " + count);
        iterations_ = static_cast<std::uint32_t>(*number);
        if (auto failed = get(options_.salt, salt))
            return failed;
        if (salt.empty())
            salt = base64_encode(scram::fresh_nonce());
        const auto octets = base64_decode(salt);
        if (!octets)
            return Move::deferred("server_scram_salt is not base64");
        salt_ = *octets;
        if (options_.has_keys) {
            if (auto failed = get(options_.stored_key, stored))
                return failed;
            if (auto failed = get(options_.server_key, server))
                return failed;
            const auto stored_octets = base64_decode(stored), server_octets = base64_decode(server);
            const auto size = scram::size_of(kind_);
            if (stored_octets && server_octets && stored_octets->size() == size && server_octets->size() == size) {
                keys_ = {*stored_octets, *server_octets};
                return std::nullopt;
            }
            // "If unset or not of the right length, server_password will be used" (manual 38).
            if (!options_.has_password)
                return Move::deferred("server_skey and server_key are not " + std::to_string(size) + " octets in base64 each");
        }
        if (auto failed = get(options_.password, password))
            return failed;
        const auto salted = scram::salted_password(kind_, password, salt_, iterations_);
        if (!salted)
            return Move::deferred(salted.error().text);
        const auto keys = scram::keys_of(kind_, *salted);
        if (!keys)
            return Move::deferred(keys.error().text);
        keys_ = *keys;
        return std::nullopt;
    }

    // "c=biws,r=nonce,p=proof"
    Move last(std::string_view message)
    {
        auto attributes = scram::attributes_of(message);
        const auto without_proof = message.substr(0, message.rfind(",p="));
        const auto proof = base64_decode(attributes['p']);
        const bool is_same_channel = attributes['c'] == base64_encode(header_ + bound_to_);
        if ((!is_same_channel && !channel_.is_bound) || attributes['r'] != nonce_ || !proof)
            return malformed;
        if (!is_same_channel)
            return Move::rejected("the client is bound to another TLS connection than this one: somebody is in between");
        const auto whole = bare_ + "," + server_first_ + "," + std::string(without_proof);
        const auto good = scram::is_proof(kind_, keys_.stored, whole, *proof);
        if (!good)
            return Move::deferred(good.error().text);
        if (!*good)
            return Move::rejected();
        const auto signature = expand::keyed_digest(kind_, keys_.server, whole);
        if (!signature)
            return Move::deferred(signature.error().text);
        // RFC 4954 section 4: what success would carry goes as one more challenge.
        return Move::challenge("v=" + base64_encode(*signature));
    }

    const GsaslServerOptions& options_;
    const expand::Digest kind_;
    int step_ = 0;
    std::string header_, bound_to_, bare_, server_first_, nonce_, salt_;
    std::uint32_t iterations_ = 0;
    scram::Keys keys_;
};

class Client final : public ClientExchange {
public:
    Client(const GsaslClientOptions& options, expand::Digest kind) : options_(options), kind_(kind) {}

    ClientMove begin(expand::Scene& scene) override
    {
        names_ = names_of(scene, options_);
        if (names_.instead)
            return *names_.instead;
        nonce_ = scram::fresh_nonce();
        header_ = binding_flag() + "," + (names_.authorization.empty() ? "" : "a=" + scram::quote_name(names_.authorization)) + ",";
        bare_ = "n=" + scram::quote_name(names_.user) + ",r=" + nonce_;
        return ClientMove::send(header_ + bare_);
    }
    ClientMove answer(expand::Scene& scene, std::string_view challenge) override
    {
        if (step_++ == 0)
            return prove(scene, challenge);
        auto attributes = scram::attributes_of(challenge);
        const auto signature = base64_decode(attributes['v']);
        if (!signature || !expand::same_secret(*signature, expected_))
            return ClientMove::cancel("the server does not know the password");
        convinced_ = true;
        return ClientMove::send("");
    }
    bool is_convinced() const override { return convinced_; }

private:
    // Section 6: "y" when we could, and the server does not seem to. A server that can then knows that somebody has
    // changed what it offered.
    std::string binding_flag()
    {
        if (channel_.is_bound && !channel_.names.empty()) {
            bound_to_ = channel_.names.front().data;
            return "p=" + channel_.names.front().type;
        }
        // Also where nothing can be bound on our side of the connection: on the server's side it may be another one.
        const bool leaves_it = channel_.server_can_bind && !channel_.names.empty();
        return options_.binding != Binding::never && !leaves_it ? "y" : "n";
    }

    // client_spassword, for this salt and this count; one that cannot be it is computed (manual 38).
    Result<std::string> salted_password(std::string_view known, const std::string& salt, std::uint64_t count) const
    {
        const auto octets = hex_decode(trim(known));
        if (octets && octets->size() == scram::size_of(kind_))
            return *octets;
        return scram::salted_password(kind_, names_.password, salt, static_cast<std::uint32_t>(count));
    }

    ClientMove prove(expand::Scene& scene, std::string_view challenge)
    {
        auto attributes = scram::attributes_of(challenge);
        const auto salt = base64_decode(attributes['s']);
        const auto count = parse_unsigned(attributes['i']);
        // Section 5.1: the server's nonce begins with ours.
        if (!salt || salt->empty() || !count || *count > scram::most_iterations || attributes.contains('m') ||
            !attributes['r'].starts_with(nonce_) || attributes['r'].size() == nonce_.size())
            return ClientMove::cancel("the server's challenge is malformed");
        credentials_.clear();
        for (const auto& one : {names_.user, attributes['i'], attributes['s']})
            credentials_.add(one);
        std::string known;
        credentials_.show(scene);
        if (options_.has_salted)
            if (auto instead = expand_all(scene, {{options_.salted_password, known}}))
                return *instead;
        const auto salted = salted_password(known, *salt, *count);
        if (!salted)
            return ClientMove::fail(salted.error().text);
        credentials_.add(hex_encode(*salted));
        const auto without_proof = "c=" + base64_encode(header_ + bound_to_) + ",r=" + attributes['r'];
        const auto whole = bare_ + "," + std::string(challenge) + "," + without_proof;
        const auto proof = scram::client_proof(kind_, *salted, whole);
        const auto keys = scram::keys_of(kind_, *salted);
        if (!proof || !keys)
            return ClientMove::fail("the proof cannot be computed");
        const auto expected = expand::keyed_digest(kind_, keys->server, whole);
        if (!expected)
            return ClientMove::fail(expected.error().text);
        expected_ = *expected;
        return ClientMove::send(without_proof + ",p=" + base64_encode(*proof));
    }

    const GsaslClientOptions& options_;
    const expand::Digest kind_;
    ClientNames names_;
    std::string nonce_, header_, bound_to_, bare_, expected_;
    int step_ = 0;
    bool convinced_ = false;
};

}

std::unique_ptr<ServerExchange> scram_server(const GsaslServerOptions& options, expand::Digest kind)
{
    return std::make_unique<Server>(options, kind);
}

std::unique_ptr<ClientExchange> scram_client(const GsaslClientOptions& options, expand::Digest kind)
{
    return std::make_unique<Client>(options, kind);
}

}
