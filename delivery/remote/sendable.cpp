#include "delivery/remote/sendable.h"

namespace gp::remote {

bool can_be_sent(std::string_view address)
{
    bool quoted = false;
    for (std::size_t at = 0; at < address.size(); ++at) {
        const auto is_sound = [&] {
            const auto octet = static_cast<unsigned char>(address[at]);
            return octet >= 32 && octet != 127;
        };
        if (!is_sound())
            return false;
        if (quoted && address[at] == '\\') {
            if (++at == address.size() || !is_sound())
                return false;
        } else if (address[at] == '"') {
            quoted = !quoted;
        } else if (!quoted && (address[at] == ' ' || address[at] == '<' || address[at] == '>')) {
            return false;
        }
    }
    return !quoted;
}

}
