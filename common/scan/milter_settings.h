// Where milters are: the options smtpd_milters and non_smtpd_milters, in Postfix's form (MILTER_README), and sendmail's
// form of addresses as the manuals of milters print it.
//
//     inet:127.0.0.1:8891, unix:/run/opendmarc.sock
//     { inet:mx1.example:11332, fallback=inet:mx2.example:11332, default_action=accept, command_timeout=10s }
#pragma once

#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/mail/milter.h"
#include "common/scan/servers.h"

namespace gp::scan {

inline constexpr std::size_t most_milters = 32;

// `usual` has the times and the action of those that say nothing themselves.
Result<std::vector<mail::Milter>> milters_in(std::string_view option, const mail::Milter& usual);
Result<mail::MilterDefault> milter_default(std::string_view word);
// "inet:HOST:PORT", "inet:PORT@HOST", "unix:PATH", "local:PATH".
Result<Server> milter_place(std::string_view text);

}
