// X.509 certificates in expansions: ${certextract …}, ${md5:$tls_in_peercert} (manual 11.5). A certificate
// variable holds PEM; nothing else of it is ever shown.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::expand {

Result<std::string> der_of_certificate(std::string_view pem);

// "subject", "subject,CN", "notafter,int", "subj_altname,dns,>:" …: the fields and modifiers of the manual.
// A selector that is none of certificate_fields() is an error. nullopt when the certificate has no such part.
Result<std::optional<std::string>> certificate_field(std::string_view pem, std::string_view field, bool in_utc);
// "version", "subject" …: the selectors.
std::span<const std::string_view> certificate_fields();

}
