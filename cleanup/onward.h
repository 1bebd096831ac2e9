// What cleanup needs to have a message carried on by itself, without the spool: by cut-through, and with mua_wrapper.
#pragma once

#include <string>

#include "cleanup/work.h"
#include "common/mainlog/delivery_line.h"
#include "delivery/protocol.h"
#include "router/protocol.h"

namespace gp::cleanup {

// Where the message's recipients go, all in one question; their numbers are those of the envelope.
router::Route route_question(const Work& work, const std::string& headers);
// The envelope sender of that delivery; empty: the null sender.
std::string return_path_of(const Work& work, const router::Delivery& delivery);
// Whether one transaction with the same hosts serves both.
bool go_together(const router::Delivery& a, const router::Delivery& b);
// One outcome for each of so many targets, in their order.
bool answers_all(const delivery::DeliverReply& reply, std::size_t targets);

// For log lines.
mainlog::LineAddress line_address(const Work& work, const mail::Recipient& recipient, const router::Delivery& delivery);
mainlog::LineHost line_host(const delivery::Outcome& outcome);
// As spoold says it of a delivery from the spool.
void name_uncertain(const Work& work, std::string_view why);

}
