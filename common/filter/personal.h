// Whether a message was written to this user by a person: the test before an automatic answer (filter manual
// 3.29). Exim's `personal` and the checks of Sieve's vacation.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/expand/headers.h"
#include "common/expand/scene.h"

namespace gp::filter {

// The user's addresses: with and without prefix and suffix.
std::vector<std::string> own_addresses(const expand::Scene& scene);

// True when some address of the header satisfies `wanted`; addresses that cannot be read do not count.
bool any_address(const expand::Headers& headers, std::string_view header,
                 const std::function<bool(std::string_view address)>& wanted);

// A list, a robot or a bounce: List-*, Auto-Submitted, Precedence, a null sender.
bool is_automatic(const expand::Scene& scene);

bool is_personal(const expand::Scene& scene, const std::vector<std::string>& aliases);

}
