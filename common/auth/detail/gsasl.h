// The mechanisms of the driver gsasl, by name. The driver's options are those of the GNU SASL library, which
// itself is not used.
#pragma once

#include "common/auth/mechanism.h"
#include "common/expand/digest.h"

namespace gp::auth {

struct GsaslServerOptions {
    std::string mechanism; // "SCRAM-SHA-1"
    expand::Expression password, iterations, salt, stored_key, server_key, realm;
    bool has_password = false, has_keys = false, has_salt = false;
    Binding binding = Binding::never;
    std::optional<expand::Expression> condition;
};
struct GsaslClientOptions {
    std::string mechanism;
    expand::Expression user, password, salted_password, authorization;
    bool has_salted = false;
    Binding binding = Binding::never;
};

std::unique_ptr<ServerExchange> scram_server(const GsaslServerOptions& options, expand::Digest kind);
std::unique_ptr<ClientExchange> scram_client(const GsaslClientOptions& options, expand::Digest kind);
std::unique_ptr<ServerExchange> bearer_server(const GsaslServerOptions& options);
std::unique_ptr<ClientExchange> bearer_client(const GsaslClientOptions& options);
std::unique_ptr<ServerExchange> simple_server(const GsaslServerOptions& options); // PLAIN LOGIN EXTERNAL ANONYMOUS
std::unique_ptr<ClientExchange> simple_client(const GsaslClientOptions& options);

// The texts of a client's options; `why` is filled when there are none.
struct ClientNames {
    std::string user, password, authorization;
    std::optional<ClientMove> instead;
};
ClientNames names_of(expand::Scene& scene, const GsaslClientOptions& options);

}
