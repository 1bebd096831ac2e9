// What master and a service say to each other: fixed-size frames on a SOCK_SEQPACKET socket, which
// is descriptor 3 of every service. Master parses nothing else.
#pragma once

#include <cstdint>

namespace gp::service {

inline constexpr int control_fd = 3;
inline constexpr std::uint32_t control_magic = 0x47504331; // "GPC1"
inline constexpr unsigned watchdog_interval = 10; // seconds between two alive frames
inline constexpr unsigned watchdog_patience = 60; // seconds of silence after which master kills

enum class Control : std::uint16_t {
    // master to service, before go
    block = 1, // name: which block of the image; fd: a sealed memfd with its octets
    listener,  // name: its label; value: flags (ListenerFlags); fd: a listening socket
    go,        // all has been said; value: process number within the service, from 1
    // master to service, at any time
    edge,   // name: the other service; value: its process number; flags: EdgeRole; fd: our end
    retire, // take no new work, finish what runs, then exit 0; value: seconds until that is enforced
    stop,   // the same, for the whole suite
    reload, // for services that stay over a reload: new blocks follow, then go
    open,   // the suite is up: clients may come
    // service to master
    ready,   // jailed and serving; value: the walls that stand (process::Wall), flags: Landlock's version
    count,   // name: what was counted (common/base/counters.h); value: how often since the last of these frames
    alive,   // watchdog, at least every watchdog_interval; value: conversations running now
};

enum EdgeRole : std::uint16_t {
    asks = 1,    // we are the client on this channel
    answers = 2, // we are the server
    withdrawn = 4, // with asks, without a descriptor: that process retires; ask it no more (answers under way
                   // still come)
};

enum ListenerFlags : std::uint32_t {
    tls_on_connect = 1,
    submission = 2, // no MAIL without AUTH (RFC 6409 section 4.3)
    lmtp = 4,
    unix_socket = 8,
};

struct ControlFrame {
    std::uint32_t magic = control_magic;
    Control type{};
    std::uint16_t flags = 0;
    std::uint32_t value = 0;
    char name[52] = {}; // zero-terminated
};
static_assert(sizeof(ControlFrame) == 64);

}
