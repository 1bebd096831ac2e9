// Scanners for the conditions spam and malware: router finds a server and connects, cleanup has the message, scan
// speaks the scanner's language.
#pragma once

#include <map>

#include "common/acl/context.h"
#include "common/ipc/channel.h"
#include "router/scan_servers.h"

namespace gp::router {

class ScanCalls final : public acl::Scanners {
public:
    ScanCalls(ipc::Channel& asker, std::string id, const Ground& ground) : asker_(asker), id_(std::move(id)), ground_(ground) {}
    Result<acl::ScanAnswer> scan(const acl::ScanRequest& request) override;

private:
    Result<acl::ScanAnswer> scan_at(const acl::ScanRequest& request, const scan::VirusScanner& virus, const scan::Server& server,
                                    ScanServer connected, event::Deadline until);
    Result<acl::ScanAnswer> scan_by_command(const acl::ScanRequest& request, const scan::VirusScanner& virus, const std::string& key);
    Result<ScanServer> connect(const scan::Server& server, event::Deadline until);
    Result<ScanServer> connect_once(const scan::Server& server, event::Deadline until);
    void tell_of(const acl::ScanRequest& request, const std::string& type, const scan::Server& server, std::string_view why);

    ipc::Channel& asker_;
    const std::string id_;
    const Ground& ground_;
    std::map<std::string, acl::ScanAnswer> known_; // a message is scanned once for each argument
};

}
