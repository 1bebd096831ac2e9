// mua_wrapper (manual chapter 52): a message of a local program goes to its smart host while the program waits, to all
// recipients or to none, and what became of it is the program's exit status. It never comes into the spool.
//
// Promise 1 holds: whoever hears that it failed has it still, and who hears nothing does not know, as after any lost reply.
#pragma once

#include "cleanup/work.h"

namespace gp::cleanup {

class Letter;

// The end of the message, whatever became of it; the log has its lines.
SubmitReply carry_now(Work& work, Letter& letter);

}
