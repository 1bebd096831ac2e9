// A program of this machine that speaks SMTP to run/smtp: bin/sendmail -bs (manual 5.3).
#pragma once

#include "common/event/stream.h"
#include "smtpd/connect.h"
#include "smtpd/reception.h"

namespace gp::smtpd {

// Reads the preface and asks router who the caller is. Suspends.
Result<Client> describe_program(event::Stream& stream, const Reception& reception);

}
