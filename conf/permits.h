// What launcher may do, taken from the routers and transports (delivery/local/permits.h): which files of users may be
// looked at and obeyed, which words a transport and a queryprogram router have, which groups there are, and as whom
// redirection data of the administrator's may name pipes and files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conf/params/configuration.h"
#include "delivery/local/parameters.h"

namespace gp::conf {

void fill_permits(const Configuration& configuration, std::uint32_t shared_uid, launcher::Parameters& parameters);
// The filters of smtp transports, which run as `user`, or else as the one given here.
void fill_filters(const Configuration& configuration, std::uint32_t uid, std::uint32_t gid, launcher::Parameters& parameters);

// The pattern of a text that begins with a slash or with $home; anything else fits anything. `home` stands for $home.
std::string pattern_of(std::string_view text, std::string_view home);
// The patterns of all files that are named anywhere in a text.
std::vector<std::string> patterns_in(std::string_view text, std::string_view home);

}
