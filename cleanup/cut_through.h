// control = cutthrough_delivery (manual 44.20): the message, finished and judged, goes out over the connection that router
// opened at RCPT, and what the host says of it is what the client hears. It comes into the spool when the host defers it,
// or when nothing could be said to the host.
//
// Promise 1 holds: the host's 250 is as good as ours, and who hears none sends the message again, as after any lost reply.
// All of it ends before the client's side gives up (Work::until), so that what the host has taken is not refused to the
// client. When the host's answer is lost the message is kept, and the log says that it may come twice.
//
// The connection is one end of a socket pair that remote made; it travels by router, smtpd and Submit::cut. smtpd speaks
// with strangers, so router and cleanup look who is at the other end before they say a word there.
#pragma once

#include "cleanup/work.h"

namespace gp::cleanup {

// The end of the message; nothing: it is committed as any other.
Ended cut_through(Work& work, Letter& letter);

}
