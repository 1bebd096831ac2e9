// In tests (GATEPOST_TEST=1) a text that names a variable which nobody has, or that cannot be parsed, fails when it is
// expanded, as in Exim. Else it is an error of the configuration, found when that is read.
#pragma once

namespace gp::expand {

// For all texts that this process parses from now on.
void let_unknown_names_fail_late(bool late);
bool unknown_names_fail_late_here();

}
