// What the command line asks of qmgr over the instance's control socket.
#pragma once

#include <string>

#include "master/sendmail/instance.h"
#include "master/sendmail/options.h"
#include "qmgr/protocol.h"

namespace gp::sendmail {

// Each returns the exit status and prints what Exim prints.
int list_queue(const Options& options, const Instance& instance);
int count_queue(const Instance& instance);
int run_queue(const Options& options, const Instance& instance);
int operate(const Options& options, const Instance& instance);

// Waits until the first attempt on a message is over; gives up quietly when qmgr cannot be asked.
void wait_until_tried(const Instance& instance, const std::string& id);

// One message as -bp prints it (manual 5.3, -bp). `now` is in seconds.
std::string listed(const qmgr::Listed& message, const Options& options, std::int64_t now);

}
