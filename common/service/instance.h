// What every service of an instance must know before it enters its jail: the block "instance", made by
// the config process for each pool of the service table and read by Boot.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::service {

struct Instance {
    static constexpr std::uint32_t no_id = 0xffffffff;

    std::string spool_directory; // run/, drop/, log/, db/ and spool/ lie below it
    std::uint32_t uid = no_id;   // whom the service becomes; no_id: it stays who it is
    std::uint32_t gid = no_id;
    std::vector<std::uint32_t> groups; // supplementary
    bool system_instance = false;      // the system's own: GATEPOST_* variables are ignored
    bool require_sandbox = false;      // a missing wall ends the service
    bool no_chroot = false;
    bool test_habits = false;       // GATEPOST_TEST=1
    bool print_topbitchars = false; // what is escaped in logs
    std::string dns;                // "ADDRESS:PORT" instead of the system's resolver; empty: the system's
    std::uint32_t max_sessions = 0; // conversations in one process; 0: no bound but that on fibers
    std::uint32_t memory_mib = 0;   // RLIMIT_AS; 0: the privilege table's own
    std::uint32_t files = 0;        // RLIMIT_NOFILE; 0: the privilege table's own

    // Derived from the configuration, for this service.
    std::vector<std::string> read_paths;
    std::vector<std::string> write_paths;
    std::vector<std::string> execute_paths;
    std::vector<std::uint32_t> connect_ports; // TCP, beside those of the privilege table
    bool connect_anywhere = false;            // a port comes out of an expansion
    std::uint32_t calls = 0;                  // Calls beside those of the privilege table
    std::uint32_t first_uid = 1000;           // launcher: becomes this one and all above …
    std::vector<std::uint32_t> also_uids;     // … and these, named literally by a transport

    static void fields(auto& self, auto&& field)
    {
        field("spool_directory", self.spool_directory);
        field("uid", self.uid);
        field("gid", self.gid);
        field("groups", self.groups);
        field("system_instance", self.system_instance);
        field("require_sandbox", self.require_sandbox);
        field("no_chroot", self.no_chroot);
        field("test_habits", self.test_habits);
        field("print_topbitchars", self.print_topbitchars);
        field("dns", self.dns);
        field("max_sessions", self.max_sessions);
        field("memory_mib", self.memory_mib);
        field("files", self.files);
        field("read_paths", self.read_paths);
        field("write_paths", self.write_paths);
        field("execute_paths", self.execute_paths);
        field("connect_ports", self.connect_ports);
        field("connect_anywhere", self.connect_anywhere);
        field("calls", self.calls);
        field("first_uid", self.first_uid);
        field("also_uids", self.also_uids);
    }
};

}
