// The privilege map of DESIGN.md section 2 as one table: who may do what. Boot enters the jail by
// it, master spawns by it, `gatepost privileges` prints it and the wall test compares the running
// suite with it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/process/calls.h"
#include "common/process/jail.h"
#include "common/service/instance.h"

namespace gp::service {

// Groups of system calls beyond the base class: common/process/calls.h.
using process::Calls;
using enum process::Calls;

struct Privileges {
    std::string_view service; // name of the program
    std::string_view user;    // system user of the package
    std::uint32_t calls;      // Calls
    std::string_view reads;   // what Landlock lets it read, and (writes) change: places, see place_paths()
    std::string_view writes;
    bool keeps_set_ids;       // CAP_SETUID, CAP_SETGID and CAP_KILL stay (launcher)
    std::uint32_t memory_mib; // RLIMIT_AS by default; 0: none
    std::uint32_t files;      // RLIMIT_NOFILE by default
    std::string_view asks;    // services on whose channels it is the client: edges master makes
    std::string_view ports;   // TCP ports that it may connect to
    std::string_view asks_at_need = {}; // asked too, where the configuration needs it (ServiceFlags): cleanup hands
                                        // messages to remote with mua_wrapper alone

    // Everything it needs of the file system is in an empty directory: it is chrooted.
    bool sees_no_file() const { return reads.empty() && writes.empty(); }
};

std::span<const Privileges> privileges();
const Privileges* privileges_of(std::string_view service);

// Whom a service of the image asks: asks, and asks_at_need where its flags say so.
std::vector<std::string_view> asked_by(const Privileges& row, std::uint32_t flags);

// Where a place of the table lies in this instance: "spool", "log", "drop", "hints", "run" below its spool
// directory; "certificates", "resolver", "zones" of the system; "anywhere" is "/"; "derived" is what the
// configuration needs, and not known here.
std::vector<std::string> place_paths(std::string_view place, const Instance& instance);

// The walls of one process: its row, and what its configuration derived.
process::JailPlan jail_plan(const Privileges& row, const Instance& instance);

}
