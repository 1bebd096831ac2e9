// What a look-up type with a server behind it brings: a module of its own (modules/NAME.cpp), loaded when a
// configuration uses the type, so that nobody else carries the client library. The interface is C++ between
// parts of one build; `version` keeps others out.
//
// A link is one connection. Its calls block: server_pool.cpp makes them on a thread, one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/lookup/lookup.h"

namespace gp::lookup {

// "host::port(socket)[group]/database/user/password" (manual 9.22, 9.24), taken apart.
struct ServerSpec {
    std::string host, socket, group, database, user, password;
    unsigned port = 0; // 0: the usual one
    std::vector<std::pair<std::string, std::string>> settings; // for the module alone: "ca_file", "/etc/…"
};

class ServerLink {
public:
    virtual ~ServerLink() = default;
    // Cause::closed: the connection is gone and another may do better.
    virtual Result<Answer> ask(std::string_view query, std::size_t largest) = 0;
};

struct ServerModule {
    static constexpr unsigned current = 3;
    unsigned version = current;
    Result<std::unique_ptr<ServerLink>> (*connect)(const ServerSpec& server, unsigned seconds) = nullptr;
};

// Each module has one function of this name and type.
inline constexpr const char* module_entry = "gatepost_lookup_module";
using ModuleEntry = const ServerModule*();

}
