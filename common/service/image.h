// The sealed configuration image: what the config process hands to master, in one memfd.
//
// Master reads the fixed-size header and the tables, checks every number in them against the size of
// the image, and passes blocks on as opaque octets to the service that a block's row names: "flat"
// to those who need the language, "params" to each, "instance" to all. It never parses text.
//
//   ImageHeader | ImageService[services] | ImageListener[listeners] | ImageBlock[blocks] | octets
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>

namespace gp::service {

inline constexpr char image_magic[8] = {'G', 'P', 'I', 'M', 'G', '0', '0', '1'};
inline constexpr std::uint32_t max_services = 64;
inline constexpr std::uint32_t max_listeners = 256;
inline constexpr std::uint32_t max_blocks = 256;
inline constexpr std::uint64_t max_image = 256ull * 1024 * 1024;

struct ImageHeader {
    char magic[8];
    std::uint32_t services;
    std::uint32_t listeners;
    std::uint32_t blocks;
    std::uint32_t flags;         // ImageFlags
    std::uint64_t size;          // of the whole image
    std::uint32_t stop_deadline; // seconds that a graceful stop may take
    std::uint32_t restart_wait;    // seconds before a service that dies young is started for the second time
    std::uint32_t restart_longest; // the wait doubles up to this
    std::uint32_t restart_healthy; // seconds of life that end the doubling
    std::uint32_t bind_retries;    // at the start: so many more tries when a port is in use …
    std::uint32_t bind_wait;       // … and the seconds between two
    char spool_directory[256]; // the instance; run/, drop/ and the rest lie below it
    char pid_file[256];        // empty: spool_directory/run/master.pid
    char announcement[512];    // for the main log when all are ready; "$pid" stands for master's; empty: none
    uid_t spool_uid;           // owner of the spool directories
    gid_t spool_gid;
};

enum ImageFlags : std::uint32_t {
    require_sandbox = 1, // a missing wall is an error and not a warning
    system_instance = 2, // the system's own: service users exist, GATEPOST_* variables are ignored
    test_habits = 4,     // GATEPOST_TEST=1
};

// A row of the service table (services.conf and what the configuration derives).
struct ImageService {
    char name[32];              // of the pool: "smtpd", "smtpd-sub"
    char program[32];           // "smtpd": under libexec, the row in privileges.h and the name on edges
    std::uint32_t processes;    // how many
    std::uint32_t max_sessions; // conversations in one process
    uid_t uid;                  // (uid_t)-1: the caller's own, where users cannot be changed
    gid_t gid;
    std::uint32_t flags;          // ServiceFlags
    std::uint32_t max_memory_mib; // RLIMIT_AS; 0: the table's own
    std::uint32_t max_files;      // RLIMIT_NOFILE; 0: the table's own
    std::uint32_t reserved;
};

enum ServiceFlags : std::uint32_t {
    stays_over_reload = 1, // spoold, qmgr, log, tally: told of new blocks instead of replaced
    no_chroot = 2,
    asks_at_need = 4, // Privileges::asks_at_need
};

struct ImageListener {
    char service[32]; // the pool that gets it
    char label[48];   // for logs: "[127.0.0.1]:25", "submit"
    sockaddr_storage address;
    std::uint32_t address_length;
    std::uint32_t flags;   // ListenerFlags
    std::uint32_t backlog; // smtp_connect_backlog; at least 1024 is asked for
    std::uint32_t mode;    // of a Unix socket
};

struct ImageBlock {
    char name[48];        // as Boot::block() knows it; several rows may share their octets
    char service[32];     // the pool that gets it; empty: all
    std::uint64_t offset; // from the start of the image
    std::uint64_t size;
};

}
