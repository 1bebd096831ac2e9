// What the system filter did to a message's headers (manual 47.6), replayed for whoever looks at them and for every
// copy that is delivered: the message itself stays in the spool as it came.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/expand/headers.h"
#include "common/mail/envelope.h"
#include "common/mail/header_list.h"
#include "router/routing_protocol.h"

namespace gp::router {

// The header block as the filter left it.
std::string with_steps(const std::vector<mail::HeaderStep>& steps, std::string_view headers);

// A header as a delivery's changes name it: lines end in CRLF.
std::string wire_form(const mail::Header& header);

// A domain that a look-up completed for one address has its whole name in every copy of the message (manual 17.5,
// rewrite_headers; self = reroute: rewrite). `names` are old and new ones, `headers` those that routers saw.
void rename_domains(const std::vector<std::pair<std::string, std::string>>& names, const expand::Headers& headers,
                    Delivery& delivery);

// The delivery takes the steps with it. What a router or transport removes is removed from the filter's headers,
// too, and what it changes is changed in them.
void take_steps(const std::vector<mail::HeaderStep>& steps, Delivery& delivery);

}
