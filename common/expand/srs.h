// Sender rewriting, SRS0 only, as Exim does it natively (manual 58.5): SRS0=HASH=DAY=domain=local@forwarder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::expand {

// The local part may come with quotes, which the result then has. An empty address stays empty.
Result<std::string> srs_encode(std::string_view secret, std::string_view return_path, std::string_view domain,
                               std::int64_t now);

// The address that a local part stands for. An empty secret looks at the form only.
Result<std::optional<std::string>> srs_decode(std::string_view local_part, std::string_view secret, std::int64_t now);

}
