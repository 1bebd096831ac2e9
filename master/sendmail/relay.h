// -bs: standard input and output speak SMTP with the suite's socket for local programs.
#pragma once

#include "master/sendmail/instance.h"

namespace gp::sendmail {

// The exit status, as Exim's: 0 when QUIT ended the dialogue, 1 when anything else did, 75 when the suite
// cannot be reached. With -odi it comes back when the messages have been tried.
int relay_smtp(const Options& options, const Instance& instance);

}
