// smtpd_milters, non_smtpd_milters and what services.conf says of a listener: the sets of milters, by number.
#pragma once

#include "common/mail/milter.h"
#include "conf/compile.h"

namespace gp::conf {

// The first is smtpd_milters, the second non_smtpd_milters, then those of listeners that have their own. Empty when there is no
// milter at all.
Result<std::vector<mail::MilterSet>> milter_sets(const Context& context);
// Which of them a pool of smtpd asks, from 1; 0: none.
std::uint32_t milter_set_of(const Context& context, const ServiceRow& row);
// All that router may have to connect to. What is wrong with them is milter_sets()' to say.
std::vector<std::string> milter_places(const Context& context);

}
