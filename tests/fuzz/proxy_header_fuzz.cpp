// The PROXY protocol, whatever a load balancer may say: an address of the family that it is said to be, or none, or an
// error; and not one octet behind the header is taken.

#include "smtpd/proxy_header.h"

#include "common/net/address.h"

namespace {

using namespace gp;

class Said final : public event::Stream {
public:
    explicit Said(std::string_view octets) : octets_(octets) {}
    Result<std::size_t> read(std::span<char> into, event::Deadline) override
    {
        const auto size = std::min(into.size(), octets_.size() - taken);
        std::copy_n(octets_.begin() + static_cast<std::ptrdiff_t>(taken), size, into.begin());
        taken += size;
        return size;
    }
    Status wait_readable(event::Deadline) override { return {}; }
    Status write(std::string_view, event::Deadline) override { return {}; }
    bool has_input() override { return true; }
    void finish() override {}
    void abort() override {}
    std::size_t taken = 0;

private:
    std::string_view octets_;
};

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
    Said stream{octets};
    const auto header = smtpd::read_proxy_header(stream, event::Deadline::never());
    if (!header) {
        if (header.error().text.empty())
            panic("a refusal says why");
        return 0;
    }
    if (stream.taken != header_size(octets))
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
