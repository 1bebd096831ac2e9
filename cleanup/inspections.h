// What router wants to know of a message that it judges and that we hold: what a scanner says of it (router has made
// the connection; the message goes from here to scan, which speaks with the scanner), and the content of its parts.
#pragma once

#include <map>
#include <string>

#include "cleanup/protocol.h"
#include "common/ipc/endpoint.h"
#include "common/ipc/link.h"

namespace gp::cleanup {

struct Work;

class Inspections final : public ipc::Endpoint<Inspect, Unpack, mail::CheckSignature> {
public:
    void scan_with(ipc::Link& scan) { scan_ = &scan; }
    Result<InspectReply> answer(const Inspect& question, ipc::Channel& from) override;
    Result<mail::MimeContent> answer(const Unpack& question, ipc::Channel& from) override;
    Result<mail::CheckedSignature> answer(const mail::CheckSignature& question, ipc::Channel& from) override;

    // A message that is being judged, as long as this lives.
    class InHand {
    public:
        InHand(Inspections& all, Work& work);
        ~InHand();
        InHand(const InHand&) = delete;
        InHand& operator=(const InHand&) = delete;

    private:
        Inspections& all_;
        const std::string id_;
    };

private:
    Result<Work*> work_of(std::string_view id) const;

    std::map<std::string, Work*, std::less<>> works_;
    ipc::Link* scan_ = nullptr;
};

}
