#include "delivery/remote/requiretls.h"

#include <algorithm>
#include <array>

namespace gp::remote {

mail::TlsWish wish_for_hosts(const delivery::Deliver& request, const Protocol& protocol)
{
    const bool passes_on = !request.sender.empty() && !protocol.one_reply_each;
    return request.tls_wish == mail::TlsWish::required && !passes_on ? mail::TlsWish::usual : request.tls_wish;
}

Trouble refused_for_want_of_tls(std::string enhanced, std::string why)
{
    return {.fault = Fault::message,
            .permanent = true,
            .connection_lost = true,
            .leaves_politely = true,
            .text = "the message has REQUIRETLS, and " + std::move(why),
            .error_number = error_tls_required,
            .enhanced = std::move(enhanced)};
}

bool is_want_of_tls(const Trouble& trouble)
{
    return trouble.permanent && trouble.fault == Fault::message && trouble.error_number == error_tls_required &&
           (trouble.enhanced == "5.7.10" || trouble.enhanced == "5.7.30");
}

bool is_lasting_tls_failure(std::string_view reason)
{
    constexpr std::array<std::string_view, 9> lasting = {
        "protocol version", "no protocols available", "unsupported protocol", "wrong version number", "wrong ssl version",
        "handshake failure", "shared cipher",         "insufficient security", "too small"};
    return std::ranges::any_of(lasting, [&](std::string_view words) { return reason.find(words) != reason.npos; });
}

bool is_lasting_certificate_failure(std::string_view reason)
{
    constexpr std::array<std::string_view, 3> passing = {"CRL", "not yet valid", "has expired"};
    return std::ranges::none_of(passing, [&](std::string_view words) { return reason.find(words) != reason.npos; });
}

namespace {

// Passwords are ours and not the message's.
Result<bool> logs_in(const Conditions& conditions, const HostAddress& host)
{
    for (const auto& [option, list] : {std::pair{"hosts_require_auth", &conditions.options.hosts_require_auth},
                                       std::pair{"hosts_try_auth", &conditions.options.hosts_try_auth}})
        if (TRY(conditions.lists.match(option, *list, host.host_name, host.address)))
            return true;
    return false;
}

}

Status wish_for_tls(const Conditions& conditions, const HostAddress& host, TlsPolicy& policy)
{
    if (conditions.tls_wish == mail::TlsWish::required) {
        policy.is_demanded = policy.require = true;
        policy.server.must_verify = policy.server.is_judged = true;
        // Section 4.2.1, 4: it must be the host of the MX record that shows the certificate.
        policy.server.verify_names = {host.certificate_name.empty() ? host.host_name : host.certificate_name};
    }
    if (conditions.tls_wish == mail::TlsWish::optional)
        policy.is_waived = !TRY(logs_in(conditions, host));
    return {};
}

std::optional<Trouble> settle_tls_wish(const HostAddress& host, std::optional<Trouble> dane_trouble, TlsPolicy& policy)
{
    if (policy.is_waived) {
        policy.require = policy.require_alpn = policy.require_ocsp = policy.server.must_verify = false;
        policy.clear_after_failure = true;
        return std::nullopt; // DANE says who the host is, if it can
    }
    if (dane_trouble || !policy.is_demanded)
        return dane_trouble;
    // Section 4.2.1, 2: somebody else could have named the host. A policy by MTA-STS would vouch for it as well. Its address
    // need not be signed: whoever is there must have the certificate of that name.
    if (host.from_mx() && !host.is_named_surely)
        return refused_for_want_of_tls("5.7.10", "the MX record that names " + host.host_name + " is not signed (DNSSEC)");
    if (policy.avoid)
        return refused_for_want_of_tls("5.7.10", "the host is in hosts_avoid_tls");
    return std::nullopt;
}

}
