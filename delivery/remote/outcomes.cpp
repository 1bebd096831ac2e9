#include "delivery/remote/outcomes.h"

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::remote {
namespace {

constexpr std::size_t most_text = 1024; // octets of why a recipient did not get it, as in Exim's log

}

void describe(delivery::Outcome& into, const Trouble& trouble)
{
    into.text = trouble.text.substr(0, most_text);
    into.error_name = trouble.error_name;
    into.error_number = trouble.error_number;
    into.smtp_code = trouble.smtp_code;
    into.enhanced = trouble.enhanced;
    into.host_error = trouble.fault == Fault::host;
    into.message_error = trouble.fault == Fault::message && !trouble.permanent;
}

void describe(delivery::Outcome& into, const HostAddress& host)
{
    into.host_name = into.remote_mta = host.host_name;
    into.host_address = host.address.text();
    into.host_port = host.port;
}

void describe(delivery::Outcome& into, const ClientSession& session)
{
    into.interface_address = session.local().address().text();
    into.interface_port = session.local().port();
    into.early_pipe = session.was_early();
    into.authenticated_as = session.authenticated_as();
    for (const auto& fact : session.proxy_facts()) {
        if (fact.name == "proxy_local_address")
            into.proxy_address = fact.value;
        else if (const auto port = parse_unsigned(fact.value); port && fact.name == "proxy_local_port")
            into.proxy_port = static_cast<std::uint32_t>(*port);
    }
    if (const auto* tls = session.tls()) {
        into.tls_cipher = tls->cipher + (tls->resumed && session.marks_resumption() ? "*" : "");
        into.tls_certificate_verified = tls->verified;
        into.dane = tls->dane;
        into.tls_peer_dn = tls->peer ? tls->peer->subject : "";
    }
}

std::string response_in(const Trouble& trouble)
{
    const auto at = trouble.text.find(": " + std::to_string(trouble.smtp_code));
    return trouble.smtp_code == 0 || at == std::string::npos ? std::string{} : replace_all(trouble.text.substr(at + 2), "\\n", "\n");
}

std::uint64_t microseconds(const Clock& clock)
{
    return static_cast<std::uint64_t>(clock.now().time_since_epoch().count());
}

}
