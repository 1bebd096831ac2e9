// What hosts answered to EHLO, for remote, which asks for it before it says EHLO to a host of hosts_pipe_connect: tally
// remembers it, and only router talks to tally.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/ipc/message.h"

namespace gp::router {

struct HelloReply {
    std::string extensions; // the lines behind the first one, with LF between; empty: nothing is known
    static void fields(auto& self, auto&& field) { field("extensions", self.extensions); }
};

// "What did this host offer the last time?" The key names the host and all that its answer may depend on.
struct RecallHello {
    static constexpr std::string_view name = "recall_hello";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 16 * 1024;
    using Reply = HelloReply;
    std::string key;
    static void fields(auto& self, auto&& field) { field("key", self.key); }
};

// "This is what it offers now": kept for retry_data_expire (manual 30.4, hosts_pipe_connect). Empty: it is forgotten.
struct KeepHello {
    static constexpr std::string_view name = "keep_hello";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 16 * 1024;
    using Reply = ipc::Done;
    std::string key, extensions;
    static void fields(auto& self, auto&& field)
    {
        field("key", self.key);
        field("extensions", self.extensions);
    }
};

}
