// Look-ups that ask a server: the list of servers, idle connections, and the modules with the client libraries.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/lookup/lookup.h"
#include "common/lookup/server_module.h"

namespace gp::lookup {

// A look-up type that a module serves.
struct ServerKind {
    std::string_view name;   // of the type and its module: "mysql"
    std::string_view title;  // "MySQL"
    std::string_view option; // main option with the servers
    std::string Settings::*servers = nullptr;
    bool has_user = true; // host/database/user/password; else host/database/password
};
const ServerKind* server_kind(std::string_view name);

// The module of a type, loaded now or before. A process that will be jailed calls it before, for later nothing
// can be loaded. The error says which package brings what is missing.
Result<const ServerModule*> load_module(std::string_view name);

Result<ServerSpec> parse_server(const ServerKind& kind, std::string_view text);

// What such a server listens on: for derived walls.
struct ServerPlaces {
    std::vector<unsigned> ports;
    bool unix_sockets = false;
};
ServerPlaces server_places(const ServerKind& kind, std::string_view servers);

// Idle connections to servers. A question is asked on a thread; one that an idle connection has lost is asked
// again on a fresh one.
class ServerPool {
public:
    ServerPool(const Environment& environment, const ServerModule& module) : environment_(environment), module_(module) {}
    // `key` tells connections apart that may not be shared. Cause::closed and refused: another server may do better.
    Result<Answer> ask(const ServerSpec& server, const std::string& key, std::string_view query);
    // Connects, and gives the connection up.
    Status try_connecting(const ServerSpec& server) const;

private:
    Result<Answer> on_thread(const ServerSpec& server, std::unique_ptr<ServerLink>& link, std::string_view query) const;
    unsigned patience() const;

    const Environment& environment_;
    const ServerModule& module_;
    std::map<std::string, std::vector<std::unique_ptr<ServerLink>>> idle_;
};

Result<std::unique_ptr<Source>> open_servers(const Environment& environment, const ServerKind& kind);

}
