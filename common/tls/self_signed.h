// A certificate for a server that has none: a fresh P-256 key, signed by itself, for as long as the configuration is
// in use. It keeps listeners out; who wants to know whom they speak with needs a real one (manual 43.6).
#pragma once

#include <string>

#include "common/base/result.h"

namespace gp::tls {

struct SelfSigned {
    std::string certificate_pem, key_pem;
};

Result<SelfSigned> make_self_signed(const std::string& host);

}
