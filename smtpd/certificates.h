// The server's certificates, whose keys are in keyd; and, where tls_certificate is an expansion, the one for each client
// (manual 43.13): router says which file it is, and it must be one that was there when the configuration was loaded.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/ipc/link.h"
#include "common/mail/envelope.h"
#include "common/tls/context.h"
#include "common/tls/stream.h"
#include "smtpd/parameters.h"
#include "smtpd/ticket_keeper.h"

namespace gp::smtpd {

class Certificates {
public:
    using SignerFor = std::function<tls::Signer(std::uint32_t key)>;
    static Result<std::unique_ptr<Certificates>> make(const Parameters& parameters, SignerFor signer_for, ipc::Link& router,
                                                      TicketKeeper::Ask ask_for_tickets);

    // For listeners; chosen() may put another one in its place.
    const tls::Context& usual() const { return *usual_; }
    // Empty where all clients get the same.
    tls::Chooser chooser(const mail::Origin& origin);
    // What a client may do in its handshake: router is asked where that depends on who it is. Whoever cannot be judged may
    // not resume, and must name a protocol.
    tls::ClientRights rights_of(const mail::Origin& origin);

private:
    Certificates(const Parameters& parameters, SignerFor signer_for, ipc::Link& router, TicketKeeper::Ask ask_for_tickets)
        : parameters_(parameters), signer_for_(std::move(signer_for)), router_(router), trust_(parameters.tls_verify_certificates_pem),
          tickets_(std::move(ask_for_tickets))
    {
    }
    Result<const tls::Context*> choose(mail::Origin origin, const std::string& sni);
    Result<tls::Context> context_of(const std::vector<const Certificate*>& certificates) const;

    const Parameters& parameters_;
    const SignerFor signer_for_;
    ipc::Link& router_;
    const tls::TrustStore trust_;
    TicketKeeper tickets_;
    std::unique_ptr<tls::Context> usual_;
    // By the files that router named. Sessions refer to them, so that none is thrown away; see choose() for their number.
    std::map<std::vector<const Certificate*>, std::unique_ptr<tls::Context>> chosen_;
};

}
