// What ATRN starts (RFC 2645): a run of qmgr over the client's own connection.
#pragma once

#include "router/atrn_protocol.h"
#include "router/etrn.h"

namespace gp::router {

// For a client that is authenticated and that acl_smtp_atrn has let in. Without an office there is no mail: -bh.
StartAtrnReply start_atrn(const World& world, const StartAtrn& question, EtrnOffice* office);

}
