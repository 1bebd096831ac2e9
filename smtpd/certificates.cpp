#include "smtpd/certificates.h"

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"
#include "common/smtp/command_line.h"
#include "router/expansion_protocol.h"
#include "router/tls_protocol.h"

namespace gp::smtpd {
namespace {

constexpr std::chrono::seconds asking_time{30};
constexpr std::size_t most_for_each = 4; // contexts for each certificate: alone, and beside others

}

Result<std::unique_ptr<Certificates>> Certificates::make(const Parameters& parameters, SignerFor signer_for, ipc::Link& router,
                                                        TicketKeeper::Ask ask_for_tickets)
{
    std::unique_ptr<Certificates> made{new Certificates(parameters, std::move(signer_for), router, std::move(ask_for_tickets))};
    std::vector<const Certificate*> all;
    for (const auto& certificate : parameters.tls_certificates)
        if (all.empty() || !parameters.tls_asks_certificate) // another is put in its place then
            all.push_back(&certificate);
    made->usual_ = std::make_unique<tls::Context>(TRY(made->context_of(all)));
    return made;
}

Result<tls::Context> Certificates::context_of(const std::vector<const Certificate*>& certificates) const
{
    tls::ContextSettings settings;
    for (const auto* one : certificates) {
        auto key = TRY(tls::PrivateKey::remote(one->chain_pem, signer_for_(one->key)));
        settings.identities.push_back({one->chain_pem, std::move(key), one->ocsp});
    }
    settings.ciphers = parameters_.tls_require_ciphers;
    settings.groups = parameters_.tls_eccurve;
    settings.options = parameters_.openssl_options;
    settings.request_certificate = parameters_.tls_try_verify;
    settings.trust = trust_;
    settings.crl_pem = parameters_.tls_crl_pem;
    settings.alpn = parameters_.tls_protocols;
    if (parameters_.tls_resumption != Parameters::Clients::none)
        settings.ticket_keys = tickets_.keys();
    return tls::Context::server(settings);
}

tls::Chooser Certificates::chooser(const mail::Origin& origin)
{
    if (!parameters_.tls_asks_certificate)
        return {};
    return [this, &origin](const std::string& sni) -> const tls::Context* {
        // What is no name of a host is none, and no part of a path either.
        auto chosen = choose(origin, smtp::is_valid_helo(sni, "_") ? sni : std::string{});
        if (chosen)
            return *chosen;
        log::main("TLS: no certificate for the name \"" + escape(sni) + "\": " + chosen.error().text);
        return nullptr;
    };
}

tls::ClientRights Certificates::rights_of(const mail::Origin& origin)
{
    using Clients = Parameters::Clients;
    tls::ClientRights rights{.may_resume = parameters_.tls_resumption == Clients::all,
                             .must_name_protocol = parameters_.tls_needs_alpn == Clients::all};
    if (parameters_.tls_resumption == Clients::asked || parameters_.tls_needs_alpn == Clients::asked) {
        router::AskTls question;
        question.origin = origin;
        const auto answer = router_.call(question, event::Deadline::in(asking_time));
        if (parameters_.tls_resumption == Clients::asked)
            rights.may_resume = answer && answer->may_resume;
        if (parameters_.tls_needs_alpn == Clients::asked)
            rights.must_name_protocol = !answer || answer->needs_alpn;
        if (!answer)
            log::warning("TLS: router does not say what a client may do: " + answer.error().text);
    }
    if (rights.may_resume)
        tickets_.freshen();
    return rights;
}

Result<const tls::Context*> Certificates::choose(mail::Origin origin, const std::string& sni)
{
    origin.tls_sni = sni;
    router::ExpandOption question;
    question.section = "main";
    question.option = "tls_certificate";
    question.origin = std::move(origin);
    const auto answer = TRY(router_.call(question, event::Deadline::in(asking_time)));
    std::vector<const Certificate*> wanted;
    for (const auto& file : config::split_list(trim(answer.text))) {
        const auto found = std::ranges::find(parameters_.tls_certificates, file, &Certificate::file);
        if (found == parameters_.tls_certificates.end())
            return misconfigured("tls_certificate says " + escape(file) +
                                 ", which was no certificate with its key when the configuration was loaded");
        if (std::ranges::find(wanted, &*found) == wanted.end())
            wanted.push_back(&*found);
    }
    if (wanted.empty())
        return misconfigured("tls_certificate expands to nothing");
    if (const auto known = chosen_.find(wanted); known != chosen_.end())
        return known->second.get();
    if (chosen_.size() >= most_for_each * parameters_.tls_certificates.size())
        return misconfigured("tls_certificate: more combinations of certificates than a process keeps");
    auto made = std::make_unique<tls::Context>(TRY(context_of(wanted)));
    return chosen_.emplace(std::move(wanted), std::move(made)).first->second.get();
}

}
