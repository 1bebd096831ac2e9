// -bs: standard input and output speak SMTP with the suite's socket for local programs.
#pragma once

#include "master/sendmail/instance.h"

namespace gp::sendmail {

// The exit status: 0 when the suite ended the dialogue, 75 when it cannot be reached.
int relay_smtp(const Instance& instance);

}
