#include "cleanup/scan/reader.h"

#include "common/mail/address_parser.h"

namespace gp::scan {

AddressesReply addresses_in(const Addresses& question)
{
    const mail::AddressRules rules{.allow_domain_literals = true,
                                   .allow_utf8_domains = question.allow_utf8_domains,
                                   .strip_excess_angle_brackets = question.strip_excess_angle_brackets,
                                   .strip_trailing_dot = question.strip_trailing_dot};
    AddressesReply reply;
    for (std::size_t i = 0; i < question.headers.size(); ++i) {
        const auto room = question.limit - std::min<std::uint64_t>(question.limit, reply.found.size());
        const auto list = mail::parse_address_list(question.headers[i], rules, room);
        reply.too_many |= list.too_many;
        for (const auto& item : list.items) {
            Found found{.header = static_cast<std::uint32_t>(i), .begin = item.begin, .end = item.end};
            if (item.parsed) {
                found.begin = item.parsed->begin;
                found.end = item.parsed->end;
                found.address = item.parsed->address;
                found.has_domain = item.parsed->has_domain();
            } else {
                found.error = item.parsed.error().text;
            }
            reply.found.push_back(std::move(found));
        }
    }
    return reply;
}

}
