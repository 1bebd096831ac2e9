// A program of this machine that speaks SMTP to run/smtp: bin/sendmail -bs (manual 5.3).
#pragma once

#include "common/event/stream.h"
#include "smtpd/connect.h"
#include "smtpd/reception.h"

namespace gp::smtpd {

// -os: for how many seconds a program may be silent, 0: for ever; -1: it did not say. One that is not trusted may have
// less than smtp_receive_timeout, and not more: sessions are few.
std::uint32_t patience_with(std::int64_t wanted, bool is_trusted, std::uint32_t usual);

// Reads the preface and asks router who the caller is. Suspends. An error of the cause `refused` is for the caller's ears.
Result<Client> describe_program(event::Stream& stream, const Reception& reception);

}
