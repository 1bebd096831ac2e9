// The keys of the DKIM signatures of a message: router asks for them, scan holds the signatures against them. What
// dkim_verify_hashes, _keytypes, _min_keysizes and _minimal say is obeyed here (manual 58.3).
#pragma once

#include "common/ipc/channel.h"
#include "common/mail/signature.h"
#include "router/ground.h"

namespace gp::router {

class SignatureChecks {
public:
    SignatureChecks(ipc::Channel& asker, std::string id, const Ground& ground) : asker_(asker), id_(std::move(id)), ground_(ground) {}
    // Without those that are ignored.
    std::vector<mail::CheckedSignature> check(const std::vector<mail::Signature>& signatures);

private:
    bool is_ignored(const mail::Signature& signature) const;
    std::vector<const mail::Signature*> in_order(const std::vector<mail::Signature>& signatures) const;
    mail::CheckedSignature check(const mail::Signature& signature, event::Deadline until);
    Result<std::string> key_of(const mail::Signature& signature, event::Deadline until);
    void require_size(mail::CheckedSignature& checked) const;

    ipc::Channel& asker_;
    const std::string id_;
    const Ground& ground_;
};

}
