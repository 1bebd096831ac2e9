// The service table: which pools of processes there are, with how many processes, on which addresses they
// listen, and what in their jail differs from the privilege map. Defaults are built in; services.conf changes
// them:
//
//     # NAME     setting=value ...            a line that begins with white space continues the last one
//     smtpd      processes=4 sessions=2000
//     submission program=smtpd listen=[::]:587/submission,[::]:465/tls/submission user=gp-submd
//     scan       processes=0
//     smtpd      smtpd_milters=inet:127.0.0.1:8891,unix:/run/opendmarc.sock milter_macro_daemon_name=MTA-v4
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/origin.h"
#include "common/config/problem.h"
#include "common/net/address.h"

namespace gp::conf {

struct ListenRow {
    net::SocketAddress address;
    bool tls_on_connect = false;
    bool submission = false;
    bool lmtp = false;        // /lmtp: RFC 2033
    bool needs_login = false; // /submission: no MAIL without AUTH
    config::Origin origin;
};

struct ServiceRow {
    std::string name;             // of the pool
    std::string program;          // row of the privilege map
    std::string user;             // system user of the package
    std::uint32_t processes = 1;  // 0: does not run
    std::uint32_t sessions = 0;   // conversations in one process; 0: as many as the program can hold
    std::uint32_t memory_mib = 0; // 0: the privilege map's
    std::uint32_t files = 0;
    bool chroot = true;
    std::vector<ListenRow> listen;
    std::optional<std::string> milters;            // smtpd_milters of this pool instead of the main option
    std::optional<std::string> milter_daemon_name; // milter_macro_daemon_name, likewise
    config::Origin origin;
};

using ServiceTable = std::vector<ServiceRow>;

// Half as many smtpd, cleanup, router and remote processes as there are cores (a message keeps more than one of them busy,
// and one that does more at a time wakes less often), one of each other service.
ServiceTable built_in_services(unsigned cores);

// Changes `table` as the text says; `file` is what errors name.
void read_services(std::string_view text, const std::string& file, ServiceTable& table,
                   config::Problems& problems);

ServiceRow* find_service(ServiceTable& table, std::string_view name);

}
