// ${address:…}, ${domain:…}, ${local_part:…}, ${addresses:…}: mail addresses as they stand in headers.
#pragma once

#include "common/expand/operator.h"
#include "common/expand/scene.h"
#include "common/mail/address_parser.h"

namespace gp::expand {

// What counts as an address in expansions.
mail::AddressRules address_rules(const Scene& scene);

// Of the subject, an address: "address", "domain" or "local_part". A text that is no address gives nothing.
Result<Text> address_part(const OperatorCall& call, std::string_view which);

}
