// Envelopes in the three forms in which they come from outside this process: the spool's own, text beside an
// exported message, Exim's -H file. What is read can be written, and reads back as the same.
#include <cstdlib>
#include <string_view>

#include "common/spool/envelope_text.h"
#include "common/spool/exim_export.h"
#include "common/spool/exim_import.h"
#include "common/spool/fields.h"

using namespace gp;
using namespace gp::spool;

namespace {

void must_come_back(const mail::Envelope& envelope)
{
    const auto octets = encode_envelope(envelope);
    const auto again = decode_envelope(octets);
    if (!again || encode_envelope(*again) != octets)
        std::abort();
}

}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size < 1 || size > 64 * 1024)
        return 0;
    const std::string_view input{reinterpret_cast<const char*>(data + 1), size - 1};
    if (data[0] % 3 == 0) {
        if (const auto envelope = decode_envelope(input)) {
            must_come_back(*envelope);
            static_cast<void>(envelope_to_text(*envelope));
            static_cast<void>(exim_header_file(*envelope, "Subject: x\r\n"));
        }
    } else if (data[0] % 3 == 1) {
        if (const auto envelope = envelope_from_text(input)) {
            must_come_back(*envelope);
            const auto again = envelope_from_text(envelope_to_text(*envelope));
            if (again && encode_envelope(*again) != encode_envelope(*envelope))
                std::abort();
        }
    } else if (const auto message = read_exim_header_file(input)) {
        must_come_back(message->envelope);
        static_cast<void>(exim_header_file(message->envelope, message->headers));
    }
    return 0;
}
