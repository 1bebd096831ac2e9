#include "common/spool/fields.h"

namespace gp::spool {

std::string encode_envelope(const mail::Envelope& envelope)
{
    std::string out;
    out.reserve(256 + 64 * envelope.recipients.size());
    write_fields(out, envelope);
    return out;
}

Status decode_envelope(std::string_view octets, mail::Envelope& into)
{
    if (auto read = read_fields(octets, into); !read)
        return permanent("envelope: " + read.error().text);
    return {};
}

Result<mail::Envelope> decode_envelope(std::string_view octets)
{
    mail::Envelope envelope;
    TRY(decode_envelope(octets, envelope));
    return envelope;
}

}
