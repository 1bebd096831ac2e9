// What ATRN starts (RFC 2645): a run of qmgr over the client's own connection.
#pragma once

#include <functional>

#include "router/atrn_protocol.h"
#include "router/etrn.h"

namespace gp::router {

using AskPolicy = std::function<Result<AskReply>(const Ask& question)>;

// Judges by acl_smtp_atrn itself: smtpd, which speaks with strangers, has no say in whose mail goes to a client. Without an
// office there is no mail: -bh.
Result<StartAtrnReply> start_atrn(const World& world, const StartAtrn& question, const AskPolicy& policy, EtrnOffice* office);

}
