// log_selector +unknown_in_list: a line whenever a host list is decided by a name or an address that the domain name
// system does not have (manual 53.15). Of the whole process, as its configuration is.
#pragma once

#include <string_view>

namespace gp::match {

void log_unknown_in_list(bool on);
// "failed to find host name for 192.0.2.1"; the list then says yes or no, whatever stands behind the item.
void tell_unknown(bool matched, std::string_view what);

}
