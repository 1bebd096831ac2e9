// gsasl: SCRAM, bearer tokens and the simple mechanisms, with the options that Exim has for the GNU SASL library
// (manual chapter 38).

#include "common/auth/detail/gsasl.h"
#include "common/base/text.h"

namespace gp::auth {
namespace {

enum class Family { scram, bearer, simple };
struct Known {
    std::string_view name;
    Family family;
    expand::Digest kind = expand::Digest::sha1;
    bool is_bound = false; // to the TLS channel, always
};
constexpr Known known[] = {
    {"SCRAM-SHA-1", Family::scram, expand::Digest::sha1}, {"SCRAM-SHA-256", Family::scram, expand::Digest::sha256},
    {"SCRAM-SHA-1-PLUS", Family::scram, expand::Digest::sha1, true},
    {"SCRAM-SHA-256-PLUS", Family::scram, expand::Digest::sha256, true},
    {"XOAUTH2", Family::bearer},   {"OAUTHBEARER", Family::bearer}, {"PLAIN", Family::simple},
    {"LOGIN", Family::simple},     {"EXTERNAL", Family::simple},    {"ANONYMOUS", Family::simple},
};

class Gsasl final : public Authenticator {
public:
    Known mechanism{};
    std::optional<GsaslServerOptions> server;
    std::optional<GsaslClientOptions> client;

    std::unique_ptr<ServerExchange> serve() const override
    {
        if (!server)
            return nullptr;
        switch (mechanism.family) {
        case Family::scram: return scram_server(*server, mechanism.kind);
        case Family::bearer: return bearer_server(*server);
        case Family::simple: break;
        }
        return simple_server(*server);
    }
    std::unique_ptr<ClientExchange> speak() const override
    {
        if (!client)
            return nullptr;
        switch (mechanism.family) {
        case Family::scram: return scram_client(*client, mechanism.kind);
        case Family::bearer: return bearer_client(*client);
        case Family::simple: break;
        }
        return simple_client(*client);
    }
    auth::Binding server_binding() const override { return server ? server->binding : Binding::never; }
    auth::Binding client_binding() const override { return client ? client->binding : Binding::never; }
};

Result<Known> mechanism_of(const Setup& setup)
{
    const auto& written = setup.settings.text("server_mech");
    const auto name = upper(written.empty() ? setup.public_name : written);
    const auto* found = std::ranges::find(known, name, &Known::name);
    if (found != std::end(known))
        return *found;
    std::vector<std::string_view> names;
    for (const auto& one : known)
        names.push_back(one.name);
    const auto near = nearest(name, names);
    return misconfigured("server_mech: the mechanism " + escape(name) + " is not supported" +
                         (near.empty() ? "" : " (did you mean " + std::string(near) + "?)"));
}

// server_channelbinding and client_channelbinding. One block serves both forms of its mechanism, and one with the name
// of the bound form nothing else.
Result<Binding> binding_of(const Setup& setup, const Known& mechanism, const std::string& option)
{
    const std::string name{mechanism.name};
    if (!setup.settings.flag(option)) {
        if (mechanism.is_bound)
            return misconfigured(name + " needs " + option + " = true: it is bound to the TLS channel by its nature");
        return Binding::never;
    }
    if (mechanism.family != Family::scram)
        return misconfigured(option + ": " + name + " cannot be bound to the TLS channel; the SCRAM mechanisms can");
    if (mechanism.is_bound)
        return Binding::always;
    if (setup.public_name != name)
        return misconfigured(option + ": public_name is " + escape(setup.public_name) + ", so that " + name +
                             "-PLUS would be known to nobody; set server_mech = " + name + "-PLUS, or public_name = " + name);
    return Binding::if_possible;
}

Result<GsaslServerOptions> server_options(const Setup& setup, const Known& mechanism)
{
    GsaslServerOptions options{.mechanism = std::string(mechanism.name)};
    options.password = TRY(setup.text("server_password"));
    options.iterations = TRY(setup.text("server_scram_iter"));
    options.salt = TRY(setup.text("server_scram_salt"));
    options.stored_key = TRY(setup.text("server_skey"));
    options.server_key = TRY(setup.text("server_key"));
    options.has_password = setup.is_set("server_password");
    options.has_keys = setup.is_set("server_skey") && setup.is_set("server_key");
    options.condition = TRY(optional_text(setup, "server_condition"));
    options.binding = TRY(binding_of(setup, mechanism, "server_channelbinding"));
    if (mechanism.family == Family::scram && !options.has_password && !options.has_keys)
        return misconfigured("server_password, or server_skey and server_key, is needed for " + options.mechanism);
    if (options.has_keys && !setup.is_set("server_scram_salt"))
        return misconfigured("server_skey is of no use without server_scram_salt");
    if (mechanism.family != Family::scram && !options.condition)
        return misconfigured("server_condition is needed for " + options.mechanism);
    return options;
}

Result<std::unique_ptr<Authenticator>> make(const Setup& setup)
{
    auto made = std::make_unique<Gsasl>();
    made->mechanism = TRY(mechanism_of(setup));
    if (setup.is_set("server_password") || setup.is_set("server_condition") || setup.is_set("server_skey"))
        made->server = TRY(server_options(setup, made->mechanism));
    if (setup.is_set("client_username")) {
        GsaslClientOptions options{.mechanism = std::string(made->mechanism.name)};
        options.user = TRY(setup.text("client_username"));
        options.password = TRY(setup.text("client_password"));
        options.salted_password = TRY(setup.text("client_spassword"));
        options.has_salted = setup.is_set("client_spassword");
        options.authorization = TRY(setup.text("client_authz"));
        options.binding = TRY(binding_of(setup, made->mechanism, "client_channelbinding"));
        made->client = std::move(options);
    }
    return std::unique_ptr<Authenticator>{std::move(made)};
}

const RegisterMechanism self{{.name = "gsasl", .make = make, .doc = "SCRAM, bearer tokens and the simple mechanisms."}};

}
}
