// The PROXY protocol, whatever a load balancer may say: an address of the family that it is said to be, or none, or an
// error; and not one octet behind the header is taken.

#include "smtpd/proxy_header.h"

#include "common/net/address.h"
#include "tests/fuzz/octet_stream.h"

namespace {

using namespace gp;

std::size_t header_size(std::string_view octets)
{
    if (octets.starts_with("PROXY"))
        return octets.find("\r\n") + 2;
    return 16 + static_cast<std::size_t>(static_cast<unsigned char>(octets[14])) * 256 + static_cast<unsigned char>(octets[15]);
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view octets{reinterpret_cast<const char*>(data), size};
    fuzz::OctetStream stream{octets};
    const auto header = smtpd::read_proxy_header(stream, event::Deadline::never());
    if (!header) {
        if (header.error().text.empty())
            panic("a refusal says why");
        return 0;
    }
    if (stream.taken() != header_size(octets))
        panic("the header is taken, and nothing else");
    if (!*header)
        return 0;
    const auto source = net::Address::parse((*header)->source), destination = net::Address::parse((*header)->destination);
    if (!source || !destination || source->is_v6() != destination->is_v6())
        panic("a proxy has brought something that is no address");
    if ((*header)->source_port > 65535 || (*header)->destination_port > 65535)
        panic("a proxy has brought something that is no port");
    return 0;
}
