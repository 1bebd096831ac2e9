// The decision journal: which line of the configuration decided what, for `gatepost explain`. Lines of JSON on their
// way to the log service; nothing of it is on disk when the answer goes out.
//
//     {"when":1795300000,"by":"acl_smtp_rcpt","at":"/etc/gatepost.conf:41","verdict":"deny","host":"192.0.2.1", …}
#pragma once

#include <string>

#include "router/policy_protocol.h"
#include "router/routing_protocol.h"
#include "router/world.h"

namespace gp::router {

// How an ACL ended, and at which statement.
void journal_acl(const World& world, const Ask& question, const std::string& at, const AskReply& reply);
// Where a recipient goes, and which routers and transports said so; or why it goes nowhere.
void journal_route(const World& world, const Route& question, const std::string& recipient, const RoutedRecipient& routed);

}
