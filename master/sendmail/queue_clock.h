// -q30m without -bd: Exim's daemon that takes no mail and begins a run of the queue each time (manual 5.3, chapter 50).
// Here it is a process of its caller that asks the suite, or has one started for each run (one_shot.h).
#pragma once

#include "master/sendmail/control.h"

namespace gp::sendmail {

// The first run is ordered before this comes back, so that who may not order one, or finds no suite, hears of it; the
// daemon goes on in the background, one run at a time, each by `run_once`. What goes wrong later is said to
// syslog. The exit status of the caller.
int run_by_the_clock(const Options& options, qmgr::Run first, int (*run_once)(const Options& options));

}
