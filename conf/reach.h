// Which places of the file system a configuration names, for router's wall: the directories of all absolute
// paths in its text, as far as they are literal; and which programs its expansions run.
#pragma once

#include <string>
#include <vector>

#include "conf/params/configuration.h"

namespace gp::conf {

// Sorted, none below another. A path that begins with an expansion is not among them: what it becomes must
// lie below a place that is named elsewhere, or in router_file_roots.
std::vector<std::string> places_named_in(const Configuration& configuration);

// The program of av_scanner = cmdline:…; empty: there is none, or it is known only when it is asked for.
std::string scanning_program(const Configuration& configuration);

// The programs behind ${run, and that of av_scanner, as far as their paths are literal, and run_programs: launcher starts no others.
std::vector<std::string> programs_run_by(const Configuration& configuration);

// Whether some text has the condition pam: launcher asks PAM for no other configuration.
bool asks_pam(const Configuration& configuration);
// The same, or pam_user is set: then it may also be asked by a text that is read later.
bool permits_pam(const Configuration& configuration);
// Whether an authenticator has driver = cyrus_sasl: launcher starts that library for no other configuration.
bool judges_by_sasl(const Configuration& configuration);

// Those in one text: "${run,preexpand {/bin/date +%s}}" gives "/bin/date".
std::vector<std::string> literal_programs(std::string_view text);

// The longest literal directory at each absolute path in a text: "${lookup{$x}lsearch{/etc/mail/aliases}}"
// gives "/etc/mail".
std::vector<std::string> literal_directories(std::string_view text);

}
