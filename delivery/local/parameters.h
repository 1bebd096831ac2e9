// What master tells the launcher.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::launcher {

struct Parameters {
    std::string primary_hostname;
    std::string qualify_domain;
    std::uint32_t launcher_max_children = 50; // local deliveries at once
    std::uint32_t first_uid = 1000;           // the child may become this one and all above …
    std::vector<std::uint32_t> also_uids;     // … and those that transports name
    std::vector<std::uint32_t> never_uids;    // never_users
    bool pipe_allow_network = false;
    std::uint64_t child_memory_mib = 1024;    // RLIMIT_AS of a child that is no pipe
    std::uint64_t child_file_size = 0;        // RLIMIT_FSIZE in octets; 0: none
    std::uint32_t local_child_messages = 100;       // of one user to one mailbox, by one child; 1: a child for each
    std::uint32_t local_child_lifetime = 60;        // seconds after which a child gets no further message
    std::uint32_t local_child_idle = 2;             // seconds that it waits for one
    std::uint32_t spool_timeout = 300;        // seconds to wait for spoold
    std::vector<std::string> programs;        // that queryprogram routers and ${run name: "UID PATH"
    std::vector<std::string> run_environment; // of ${run's programs: "NAME=value"
    std::uint64_t run_output_max = 256 * 1024; // octets of what ${run's program may write
    std::uint32_t user_file_timeout = 30;     // seconds for a look at a user's file
    std::uint64_t user_file_size_max = 1024 * 1024; // octets that are read of one
    static void fields(auto& self, auto&& field)
    {
        field("primary_hostname", self.primary_hostname);
        field("qualify_domain", self.qualify_domain);
        field("launcher_max_children", self.launcher_max_children);
        field("first_uid", self.first_uid);
        field("also_uids", self.also_uids);
        field("never_uids", self.never_uids);
        field("pipe_allow_network", self.pipe_allow_network);
        field("child_memory_mib", self.child_memory_mib);
        field("child_file_size", self.child_file_size);
        field("local_child_messages", self.local_child_messages);
        field("local_child_lifetime", self.local_child_lifetime);
        field("local_child_idle", self.local_child_idle);
        field("spool_timeout", self.spool_timeout);
        field("programs", self.programs);
        field("run_environment", self.run_environment);
        field("run_output_max", self.run_output_max);
        field("user_file_timeout", self.user_file_timeout);
        field("user_file_size_max", self.user_file_size_max);
    }
};

}
