// Scanners for the ACL at the end of data: router asks for them while it judges a message that we hold. It has
// made the connection; the message goes from here to scan, which speaks with the scanner.
#pragma once

#include <map>
#include <string>

#include "cleanup/protocol.h"
#include "common/ipc/endpoint.h"
#include "common/ipc/link.h"

namespace gp::cleanup {

struct Work;

class Inspections final : public ipc::Endpoint<Inspect> {
public:
    void scan_with(ipc::Link& scan) { scan_ = &scan; }
    Result<InspectReply> answer(const Inspect& question, ipc::Channel& from) override;

    // A message that is being judged, as long as this lives.
    class InHand {
    public:
        InHand(Inspections& all, const Work& work);
        ~InHand();
        InHand(const InHand&) = delete;
        InHand& operator=(const InHand&) = delete;

    private:
        Inspections& all_;
        const std::string id_;
    };

private:
    std::map<std::string, const Work*, std::less<>> works_;
    ipc::Link* scan_ = nullptr;
};

}
