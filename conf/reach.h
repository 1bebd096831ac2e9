// Which places of the file system a configuration names, for router's wall: the directories of all absolute
// paths in its text, as far as they are literal.
#pragma once

#include <string>
#include <vector>

#include "conf/params/configuration.h"

namespace gp::conf {

// Sorted, none below another. A path that begins with an expansion is not among them: what it becomes must
// lie below a place that is named elsewhere, or in router_file_roots.
std::vector<std::string> places_named_in(const Configuration& configuration);

// The longest literal directory at each absolute path in a text: "${lookup{$x}lsearch{/etc/mail/aliases}}"
// gives "/etc/mail".
std::vector<std::string> literal_directories(std::string_view text);

}
