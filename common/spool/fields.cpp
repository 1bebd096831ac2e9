#include "common/spool/fields.h"

namespace gp::spool {

std::string encode_envelope(const mail::Envelope& envelope)
{
    std::string out;
    out.reserve(256 + 64 * envelope.recipients.size());
    write_fields(out, envelope);
    return out;
}

Result<mail::Envelope> decode_envelope(std::string_view octets)
{
    auto envelope = read_fields<mail::Envelope>(octets);
    if (!envelope)
        return permanent("envelope: " + envelope.error().text);
    return envelope;
}

}
