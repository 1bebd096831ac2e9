// What the sender of a message wants of TLS on its way (RFC 8689): the parameter REQUIRETLS of MAIL, or the header
// "TLS-Required: No". It is a note on the envelope, and lives as long as the message.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/mail/envelope.h"

namespace gp::mail {

enum class TlsWish : std::uint8_t {
    usual,    // nothing was said: as the transport has it
    required, // REQUIRETLS: every host is authenticated and passes the wish on, or does not get the message
    optional, // TLS-Required: No: no failure of TLS keeps it from its recipients
};
constexpr TlsWish enum_limit(TlsWish)
{
    return TlsWish::optional;
}

TlsWish tls_wish(const Envelope& envelope);
void set_tls_wish(Envelope& envelope, TlsWish wish); // in place of what was said before

// The word of a wish in the spool and in exported envelopes, "required" or "optional"; empty for the usual.
std::string_view word_of(TlsWish wish);

// What the field TLS-Required says; anything but "No" says nothing (RFC 8689 section 3).
TlsWish wish_of_header(std::string_view value);

}
