// What the configuration lets launcher do, derived from it when it was checked (conf/permits.cpp) and told to launcher
// alone: files of users that may be looked at, and transports with the words that they have. Router says what it
// found out, and none of it counts that does not fit. The child looks, which has become the user.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "delivery/local/filter_protocol.h"
#include "delivery/local/parameters.h"
#include "delivery/local/program_protocol.h"
#include "router/routing_protocol.h"

namespace gp::local {

// Whether a name or a text fits a pattern with marks in it (parameters.h). `home` stands for mark_home; without a
// home such a pattern fits nothing.
bool fits(std::string_view pattern, std::string_view text, std::string_view home);

// False: the configuration names no such file.
bool may_look_at(const launcher::Parameters& parameters, std::uint32_t uid, const std::string& path, const std::string& home);
// Those by which it may be obeyed, of all routers that read it; none: the configuration names no such file.
std::vector<const launcher::FilePermit*> permits_to_obey(const launcher::Parameters& parameters, std::uint32_t uid,
                                                         const std::string& path, const std::string& home);

// The home directory that the password file has for `login`, if that has this uid, or else for the uid; empty: none.
// To be asked before walls stand before that file, and before the servers that may be asked for it.
std::string home_of(const std::string& login, std::uint32_t uid);

// May a child that becomes `uid`, for that login, have these groups: the user's own, and those that the configuration
// names? Asks the password and group files.
Status check_groups(const launcher::Parameters& parameters, const std::string& login, std::uint32_t uid, std::uint32_t gid,
                    const std::vector<std::uint32_t>& groups);

// May PAM be asked, and as the user that the parameters have for it? Never as root or one of never_users, nor for a
// configuration without the condition pam. The error has Cause::refused.
Status check_pam(const launcher::Parameters& parameters, bool changes_ids);

// The same for Cyrus SASL, and for a configuration without driver = cyrus_sasl.
Status check_sasl(const launcher::Parameters& parameters, bool changes_ids);

// Is this program one that ${run or a queryprogram router of the configuration names?
bool may_run(const launcher::Parameters& parameters, const launcher::ProgramQuestion& question);

// The smtp transport whose filter this is, word by word; null: the configuration has no such.
const launcher::FilterPermit* permit_to_filter(const launcher::Parameters& parameters, const launcher::FilterQuestion& question);

// Is this delivery one that a transport of the configuration makes, as that user, who lives in `home`?
Status check_delivery(const launcher::Parameters& parameters, const router::Delivery& delivery, bool has_ticket,
                      const std::string& home);

}
