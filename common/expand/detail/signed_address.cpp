#include "common/expand/detail/signed_address.h"

#include "common/base/encoding.h"
#include "common/expand/digest.h"
#include "common/expand/scene.h"

namespace gp::expand {

std::int64_t prvs_day(const Scene& scene, int later)
{
    const auto* clock = scene.world.effects.clock;
    const auto seconds = clock ? clock->seconds() : SystemClock().seconds();
    return (seconds / 86400 + later) % 1000;
}

Result<std::string> prvs_signature(std::string_view address, std::string_view secret, std::string_view stamp)
{
    const auto octets = TRY(keyed_digest(Digest::sha1, secret, std::string(stamp) + std::string(address)));
    return hex_encode(octets).substr(0, signature_digits);
}

}
