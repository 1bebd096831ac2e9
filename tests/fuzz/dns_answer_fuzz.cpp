// Answers of name servers, which anybody may write: reading ends, keeps within the packet and its bounds, and
// what is read can be shown. A name that was read is one that can be written again.
//
// Input: octet 0 how many records are read at most, octet 1 a record type, then the packet.

#include "common/dns/record.h"

namespace {

using namespace gp;

void check_name(const std::string& name)
{
    if (name.size() > 1024) // 255 octets on the wire, each four when it is escaped
        panic("a name has a bound");
}

void check_record(const dns::Record& record)
{
    check_name(record.name);
    if (const auto* text = record.as<dns::Text>(); text && record.type != dns::Type::txt && record.type != dns::Type::spf)
        panic("only text records have text");
    if (const auto* exchanger = record.as<dns::MailExchanger>())
        check_name(exchanger->host);
    if (const auto* service = record.as<dns::Service>())
        check_name(service->host);
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2 || size > 70'000)
        return 0;
    const std::string_view packet{reinterpret_cast<const char*>(data) + 2, size - 2};
    if (const auto read = dns::read_packet(packet, data[0])) {
        if (read->answers.size() + read->authorities.size() > data[0])
            panic("no more records than were asked for");
        check_name(read->question);
        for (const auto* section : {&read->answers, &read->authorities})
            for (const auto& record : *section)
                check_record(record);
    }
    for (std::size_t at = 0; at < packet.size(); at += 7) {
        auto end = at;
        const auto name = dns::read_name(packet, end);
        if (!name)
            continue;
        check_name(*name);
        if (end <= at || end > packet.size())
            panic("a name ends behind its start and within the packet");
        // What is shown with an escape is no host's name, and nobody asks for it.
        if (name->find('\\') != std::string::npos)
            continue;
        if (const auto octets = dns::encode_name(*name)) {
            std::size_t begin = 0;
            const auto again = dns::read_name(*octets, begin);
            if (!again || *again != *name)
                panic("a name that was written reads as itself");
        }
    }
    (void)dns::read_rdata(static_cast<dns::Type>(data[1]), packet, 0, packet.size());
    return 0;
}
