// Who a local delivery runs as, out of the transport's user and group (manual 23).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/expand/expand.h"

namespace gp::router {

// The value of `option` ("user", "group") of a transport; nothing where it is not set. That it cannot be expanded, by a
// forced failure too, is an error of the configuration in Exim's words, for the log.
Result<std::optional<std::string>> expanded_identity(std::string_view transport, std::string_view option,
                                                     const std::optional<expand::Expression>& expression, expand::Scene& scene);
// Its value is the name of nobody.
Error unknown_identity(std::string_view transport, std::string_view option, const expand::Expression& expression, std::string_view name);

}
