// Hands a text out to monitoring agents: a small HTTP server on a Unix socket or a loopback address, one client after the
// other, until a signal ends it.
#pragma once

#include <functional>
#include <string>

#include "common/base/result.h"

namespace gp::control {

// `place`: "/run/gatepost/metrics" (mode 0660), "127.0.0.1:9419" or "[::1]:9419"; other addresses are refused, for nobody
// is asked who he is. `text` is called for each question; its error becomes a 503. Returns when it cannot go on.
Status serve_text(const std::string& place, const std::function<Result<std::string>()>& text);

}
