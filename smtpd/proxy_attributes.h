// The attributes of XCLIENT and XFORWARD (postfix.org, XCLIENT_README and XFORWARD_README): "ADDR=192.0.2.7
// NAME=a.example LOGIN=[UNAVAILABLE]".
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::smtpd {

inline constexpr std::string_view unknown_attribute = "[UNAVAILABLE]", unknown_attribute_now = "[TEMPUNAVAIL]";

bool is_unknown_attribute(std::string_view value);

// Calls `take` for each, with its value out of xtext; `longest` is of one with its name, in octets. The first error ends it.
Status each_attribute(std::string_view argument, std::size_t longest,
                      const std::function<Status(std::string_view name, const std::string& value)>& take);

// An address as they write it: "192.0.2.7", "IPV6:2001:db8::1".
Result<std::string> attribute_address(std::string_view value);

}
