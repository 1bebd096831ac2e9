// Scanners for the conditions spam and malware: router finds a server and connects, cleanup has the message, scan
// speaks the scanner's language.
#pragma once

#include <map>

#include "common/acl/context.h"
#include "common/base/breaker.h"
#include "common/ipc/channel.h"
#include "router/scan_servers.h"

namespace gp::router {

class ScanCalls final : public acl::Scanners {
public:
    // `resting`: the servers that have failed too often; of all messages.
    ScanCalls(ipc::Channel& asker, std::string id, const Ground& ground, Breaker& resting)
        : asker_(asker), id_(std::move(id)), ground_(ground), resting_(resting)
    {
    }
    Result<acl::ScanAnswer> scan(const acl::ScanRequest& request) override;

private:
    Result<acl::ScanAnswer> scan_at(const acl::ScanRequest& request, const scan::VirusScanner& virus, const scan::Server& server,
                                    ScanServer connected, event::Deadline until);
    Result<acl::ScanAnswer> scan_by_command(const acl::ScanRequest& request, const scan::VirusScanner& virus, const std::string& key);
    Result<ScanServer> connect(const scan::Server& server, event::Deadline until);
    Result<ScanServer> connect_once(const scan::Server& server, event::Deadline until);
    void note_failure(const scan::Server& server);
    void tell_of(const acl::ScanRequest& request, const std::string& type, const scan::Server& server, std::string_view why);

    ipc::Channel& asker_;
    const std::string id_;
    const Ground& ground_;
    Breaker& resting_;
    std::map<std::string, acl::ScanAnswer> known_; // a message is scanned once for each argument
};

}
