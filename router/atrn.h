// What ATRN starts (RFC 2645): a run of qmgr over the client's own connection.
#pragma once

#include <functional>

#include "router/atrn_protocol.h"
#include "router/etrn.h"
#include "router/login_proofs.h"

namespace gp::router {

using AskPolicy = std::function<Result<AskReply>(const Ask& question)>;

// Judges by acl_smtp_atrn itself: smtpd, which speaks with strangers, has no say in whose mail goes to a client, nor in who
// the client is: `proofs` wants what AUTH has given. Without an office there is no mail, and without proofs every login is
// believed: -bh.
Result<StartAtrnReply> start_atrn(const World& world, const StartAtrn& question, const AskPolicy& policy, EtrnOffice* office,
                                  const LoginProofs* proofs);

}
