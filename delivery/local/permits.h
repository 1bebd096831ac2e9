// What the configuration lets launcher do, derived from it when it was checked (conf/permits.cpp) and told to launcher
// alone: files of users that may be looked at, and transports with the words that they have. Router says what it
// found out, and none of it counts that does not fit. The child looks, which has become the user.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "delivery/local/parameters.h"
#include "router/routing_protocol.h"

namespace gp::local {

// Whether a name or a text fits a pattern with marks in it (parameters.h). `home` stands for mark_home; without a
// home such a pattern fits nothing.
bool fits(std::string_view pattern, std::string_view text, std::string_view home);

// Null: the configuration names no such file.
const launcher::FilePermit* permit_for(const launcher::Parameters& parameters, std::uint32_t uid, const std::string& path,
                                       bool interprets);

// The home directory that the password file has; empty: none. To be asked before walls stand before that file.
std::string home_of(std::uint32_t uid);

// Is this delivery one that a transport of the configuration makes, as that user, who lives in `home`?
Status check_delivery(const launcher::Parameters& parameters, const router::Delivery& delivery, bool has_ticket,
                      const std::string& home);

}
