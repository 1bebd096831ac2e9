// Scanners for the conditions spam and malware: router finds a server and connects, cleanup has the message, scan
// speaks the scanner's language.
#pragma once

#include <map>

#include "common/acl/context.h"
#include "common/dns/resolver.h"
#include "common/ipc/channel.h"

namespace gp::router {

// "127.0.0.1 783 pri=2 : /run/spamd.sock": one item of spamd_address, or of av_scanner behind the type.
struct ScannerServer {
    std::string host;       // or a path
    std::uint16_t port = 0;
    int priority = 0;       // pri=: the highest first
    std::uint32_t weight = 1;
    bool backup = false;    // last of all
    Duration timeout{std::chrono::minutes(2)};
};
// The error names what is not supported.
Result<std::vector<ScannerServer>> scanner_servers(std::string_view text);

class ScanCalls final : public acl::Scanners {
public:
    ScanCalls(ipc::Channel& asker, std::string id, dns::Resolver& resolver)
        : asker_(asker), id_(std::move(id)), resolver_(resolver)
    {}
    Result<std::vector<acl::ScanFinding>> scan(const acl::ScanRequest& request) override;

private:
    Result<std::vector<acl::ScanFinding>> scan_at(const acl::ScanRequest& request, const ScannerServer& server);
    Result<OwnedFd> connect(const ScannerServer& server, event::Deadline until);

    ipc::Channel& asker_;
    const std::string id_;
    dns::Resolver& resolver_;
    std::map<std::string, std::vector<acl::ScanFinding>> known_; // a message is scanned once for each argument
};

}
