// What malware and spam have in common: asking the scanners that an option names.
#pragma once

#include <string_view>

#include "common/acl/context.h"

namespace gp::acl {

// Fills in the servers and asks. Where no answer can be had, the panic log says it in the condition's name.
Result<ScanAnswer> ask_scanner(Context& context, std::string_view condition, const ScannerOption& servers,
                               ScanRequest request);

}
