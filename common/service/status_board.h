// What master knows about its processes, for `gatepost status`: fixed-size records in run/status, which
// master maps and writes in place, and anybody reads. A reader takes what it finds as a snapshot and looks
// at /proc for what only the kernel can vouch for.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "common/base/counters.h"

namespace gp::service {

inline constexpr char status_magic[8] = {'G', 'P', 'S', 'T', 'A', 'T', '0', '2'};
inline constexpr std::uint32_t max_processes = 256;

enum class ProcessState : std::uint32_t { none, starting, serving, retiring, stopping, waiting };

struct StatusEntry {
    char pool[32];
    char program[32];
    ProcessState state; // none: the entry is free; waiting: to be restarted at `since`
    pid_t pid;
    std::uint32_t number;     // of the process within its program
    std::uint32_t generation; // of the configuration that it runs on
    std::uint32_t sessions;   // as of its last sign of life
    std::uint32_t walls;      // process::Wall
    std::uint32_t landlock;   // version used
    std::uint32_t restarts;   // of this place since master started
    std::int64_t since;       // seconds since 1970
};

// What processes of the suite have counted since master started (common/base/counters.h).
struct StatusCounter {
    char words[Counters::longest_name + 8]; // zero-terminated; empty: the entry is free, and those after it
    std::uint64_t value;
};
inline constexpr std::uint32_t max_counters = 256;

struct StatusBoard {
    char magic[8];
    pid_t master;
    std::uint32_t generation;
    std::int64_t started;  // seconds since 1970
    std::uint32_t entries; // in use, from the first
    std::uint32_t ready;   // 1 when all have been serving once
    std::uint32_t refused; // reloads whose configuration was not taken
    std::uint32_t reserved;
    StatusEntry entry[max_processes];
    StatusCounter counter[max_counters];
};

}
