// The server's certificates, whose keys are in keyd; and, where tls_certificate is an expansion, the one for each client
// (manual 43.13): router says which file it is, and it must be one that was there when the configuration was loaded.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/ipc/link.h"
#include "common/mail/envelope.h"
#include "common/tls/context.h"
#include "smtpd/parameters.h"

namespace gp::smtpd {

class Certificates {
public:
    using SignerFor = std::function<tls::Signer(std::uint32_t key)>;
    static Result<std::unique_ptr<Certificates>> make(const Parameters& parameters, SignerFor signer_for, ipc::Link& router);

    // For listeners; chosen() may put another one in its place.
    const tls::Context& usual() const { return *usual_; }
    // Empty where all clients get the same.
    tls::Chooser chooser(const mail::Origin& origin);

private:
    Certificates(const Parameters& parameters, SignerFor signer_for, ipc::Link& router)
        : parameters_(parameters), signer_for_(std::move(signer_for)), router_(router), trust_(parameters.tls_verify_certificates_pem)
    {
    }
    Result<const tls::Context*> choose(mail::Origin origin, const std::string& sni);
    Result<tls::Context> context_of(const std::vector<const Certificate*>& certificates) const;

    const Parameters& parameters_;
    const SignerFor signer_for_;
    ipc::Link& router_;
    const tls::TrustStore trust_;
    std::unique_ptr<tls::Context> usual_;
    // By the files that router named. Sessions refer to them, so that none is thrown away; see choose() for their number.
    std::map<std::vector<const Certificate*>, std::unique_ptr<tls::Context>> chosen_;
};

}
