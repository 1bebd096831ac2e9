// What a message wants of TLS with the hosts that it goes to: RFC 8689 section 4.2.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/mail/tls_wish.h"
#include "delivery/protocol.h"
#include "delivery/remote/client_session.h"

namespace gp::remote {

// Conditions::tls_wish of a delivery. REQUIRETLS demands nothing for a report, which is better lost by nobody (section
// 4.2.1), nor by LMTP, which is the delivery at last.
mail::TlsWish wish_for_hosts(const delivery::Deliver& request, const Protocol& protocol);

// Puts the wish into the policy before DANE is asked, and after it: then with a trouble where the host cannot be trusted
// as REQUIRETLS wants it, or DANE's own.
Status wish_for_tls(const Conditions& conditions, const HostAddress& host, TlsPolicy& policy);
std::optional<Trouble> settle_tls_wish(const HostAddress& host, std::optional<Trouble> dane_trouble, TlsPolicy& policy);

// Whether a handshake that failed for this reason (OpenSSL's words) fails another time as well: the two ends have no
// protocol or cipher in common. All else may pass, our own keys' service that is not there above all.
bool is_lasting_tls_failure(std::string_view reason);

// The same of a certificate that was not believed: a list of revoked ones (tls_crl) that is missing or too old is our own
// trouble, and so may our clock be where it is not valid at this time.
bool is_lasting_certificate_failure(std::string_view reason);

// The message may not go to this host; where no other takes it, it is returned at once with this status ("5.7.30").
Trouble refused_for_want_of_tls(std::string enhanced, std::string why);
bool is_want_of_tls(const Trouble& trouble); // one of those

}
