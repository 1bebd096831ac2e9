// The authenticators of the configuration, parsed once: which of them are offered to whom, and the texts that all
// drivers share (manual chapter 33).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/auth/mechanism.h"
#include "common/config/problem.h"
#include "router/world.h"

namespace gp::router {

struct Authenticator {
    std::string name;        // of the instance: "plain_server"
    std::string driver;
    std::string public_name; // upper case: "PLAIN"
    std::unique_ptr<auth::Authenticator> sides;
    bool has_server = false, has_client = false;
    std::optional<expand::Expression> advertise_condition, mail_auth_condition, client_condition;
    expand::Expression set_id, client_set_id, debug_print;
    // The name of the form that is bound to the TLS channel: "SCRAM-SHA-256-PLUS"; empty: there is none.
    std::string bound_server_name, bound_client_name;
    bool must_bind_server = false, must_bind_client = false; // there is no other form
    config::Origin origin;
};

// Who serves a mechanism, and which form of it.
struct Server {
    const Authenticator* by = nullptr;
    bool is_bound = false;
};

class Authenticators {
public:
    // Whatever is wrong goes to `problems`, each with file and line.
    Authenticators(const World& world, config::Problems& problems);

    std::span<const Authenticator> all() const { return all_; }
    const Authenticator* named(std::string_view instance) const;
    // One that serves this mechanism and is offered in this scene. `can_bind`: the client's TLS can be bound to.
    Server server_for(std::string_view mechanism, expand::Scene& scene, bool can_bind) const;
    // The words behind AUTH in the answer to EHLO, in the order of the file; a bound form comes before the plain one.
    std::vector<std::string> offered(expand::Scene& scene, bool can_bind) const;
    // The driver "tls" authenticates without a command.
    const Authenticator* for_tls() const;

private:
    bool is_offered(const Authenticator& one, expand::Scene& scene) const;
    bool is_any_offered(expand::Scene& scene) const;

    const World& world_;
    std::vector<Authenticator> all_;
    std::optional<expand::ListText> advertise_hosts_; // absent: nobody
};

}
