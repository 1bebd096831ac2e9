// The body of a message as the body test looks at it (RFC 5173): raw, the parts of a content type, or text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gp::sieve {

struct BodyLimits {
    std::size_t parts_max = 500;
    std::size_t depth_max = 20;
    std::size_t octets_max = 16 * 1024 * 1024;
};

// The decoded parts whose type is one of `types` ("text", "text/html", "" for every one). `headers` is the
// header block of the message. Texts are translated to UTF-8 where their charset is known.
std::vector<std::string> parts_of(std::string_view headers, std::string_view body, const std::vector<std::string>& types,
                                  const BodyLimits& limits = {});

}
