// dns_trust_aa: zones whose own servers are believed as if DNSSEC had vouched for their answers.
#pragma once

#include <functional>
#include <string_view>

namespace gp::dns {

// Asked, on a fiber, for an answer that its server gives as an authority (AA) and that nothing has validated. One for
// the process; null: none is believed.
using BelievesZone = std::function<bool(std::string_view zone)>;
void believe_zones(BelievesZone believes);

}
