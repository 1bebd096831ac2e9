// DANE for SMTP (RFC 7672; manual 43.16): who is to be verified by TLSA records, and what happens when they cannot be had.

#include "common/log/log.h"
#include "delivery/remote/client_session.h"

namespace gp::remote {
namespace {

constexpr std::int32_t error_dns = -36;

// For good: DANE is required, and the zone says that there is none.
Trouble dane_missing(std::string why)
{
    return {.fault = Fault::ours, .permanent = true, .connection_lost = true, .connected = false, .text = "DANE error: " + std::move(why)};
}

Trouble dane_deferred(std::string why)
{
    return {.fault = Fault::host,
            .connection_lost = true,
            .connected = false,
            .text = "DANE error: " + std::move(why),
            .error_number = error_dns};
}

}

void tell_dane_failure(const Conditions& conditions, const HostAddress& host, std::string_view why)
{
    if (conditions.event)
        (void)conditions.event("dane:fail", why, {{"host", host.host_name},
                                                  {"host_address", host.address.text()},
                                                  {"host_port", std::to_string(host.port)}});
}

std::optional<Trouble> consult_dane(const Conditions& conditions, const HostAddress& host, TlsPolicy& policy)
{
    const auto match = [&](std::string_view option, const std::string& list) {
        return conditions.lists.match(option, list, host.host_name, host.address);
    };
    const auto required = match("hosts_require_dane", conditions.options.hosts_require_dane);
    const auto tried = required && *required ? Result<bool>{true} : match("hosts_try_dane", conditions.options.hosts_try_dane);
    if (!required || !tried)
        return dane_deferred(!required ? required.error().text : tried.error().text);
    if (!*tried || (!*required && (!host.dnssec || policy.avoid)))
        return std::nullopt;
    const auto missing = [&](std::string why) {
        tell_dane_failure(conditions, host, "dane-required");
        return dane_missing(std::move(why));
    };
    if (!host.dnssec)
        return missing(host.host_name + " lookup not DNSSEC");
    const auto found = conditions.tlsa ? conditions.tlsa(host.host_name, host.port) : Result<router::FoundTlsa>{temporary("router is not there")};
    if (!found || found->kind == router::FoundTlsa::Kind::deferred) {
        tell_dane_failure(conditions, host, *required ? "dane-required" : "dnssec-invalid");
        return dane_deferred("tlsa lookup DEFER");
    }
    const bool insecure = found->kind == router::FoundTlsa::Kind::records && !found->secure;
    if (insecure)
        log::main(conditions.message_id + " DANE error: TLSA lookup for " + host.host_name + " not DNSSEC");
    if (insecure || found->kind == router::FoundTlsa::Kind::none)
        return *required ? std::optional{missing("tlsa lookup FAIL")} : std::nullopt;
    for (const auto& one : found->records)
        policy.server.tlsa.push_back({one.usage, one.selector, one.matching, one.data});
    policy.dane = policy.require = policy.server.must_verify = true;
    policy.server.dane_base = host.host_name;
    policy.server.verify_names.clear(); // by the records' own rules
    return std::nullopt;
}

}
