// Connections to the servers of scanners and milters: Unix sockets, and hosts by address, by /etc/hosts or by DNS.
#pragma once

#include "common/net/connect.h"
#include "common/scan/servers.h"
#include "router/ground.h"
#include "router/etrn_protocol.h"

namespace gp::router {

struct ScanServer {
    OwnedFd socket;
    std::string name; // "[127.0.0.1]:783"
};

// The first port of the first address that answers.
Result<ScanServer> connect_to(const scan::Server& server, const Ground& ground, event::Deadline until);
Result<OpenMilterReply> open_milter(const OpenMilter& question, const std::vector<std::string>& known, const Ground& ground);

}
