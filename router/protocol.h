// What router is asked: policy at each phase of a session, where an address goes, and what a text
// expands to. smtpd, cleanup, qmgr and remote ask; any router process can answer any question, and
// every request is repeatable.
#pragma once

#include "router/expansion_protocol.h"
#include "router/login_protocol.h"
#include "router/policy_protocol.h"
#include "router/rewriting_protocol.h"
#include "router/routing_protocol.h"
#include "router/tls_protocol.h"
