#include "cleanup/onward.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/address.h"

namespace gp::cleanup {

router::Route route_question(const Work& work, const std::string& headers)
{
    const auto& envelope = work.envelope;
    router::Route question{.message_id = envelope.id,
                           .sender = envelope.sender,
                           .origin = envelope.origin,
                           .variables = envelope.variables,
                           .size = headers.size() + work.body_size,
                           .received = envelope.received,
                           .headers = headers,
                           .body_start = work.body_start,
                           .body_end = work.body_end,
                           .body_lines = work.body_lines,
                           .longest_line = work.longest_line,
                           .forced = true,
                           .first = true};
    for (std::uint32_t index = 0; index < envelope.recipients.size(); ++index)
        question.targets.push_back({.index = index, .address = envelope.recipients[index].address});
    return question;
}

std::string return_path_of(const Work& work, const router::Delivery& delivery)
{
    if (delivery.return_path.empty())
        return work.envelope.sender;
    return delivery.return_path == "<>" ? std::string{} : delivery.return_path;
}

bool go_together(const router::Delivery& a, const router::Delivery& b)
{
    const auto is_same = [](const router::Host& one, const router::Host& other) { return one.name == other.name && one.port == other.port && one.addresses == other.addresses; };
    return a.transport == b.transport && a.return_path == b.return_path && a.headers_add == b.headers_add &&
           a.headers_remove == b.headers_remove && std::ranges::equal(a.hosts, b.hosts, is_same);
}

bool answers_all(const delivery::DeliverReply& reply, std::size_t targets)
{
    bool is_right = reply.outcomes.size() == targets;
    for (std::size_t index = 0; is_right && index < targets; ++index)
        is_right = reply.outcomes[index].target == index;
    return is_right;
}

mainlog::LineAddress line_address(const Work& work, const mail::Recipient& recipient, const router::Delivery& delivery)
{
    mainlog::LineAddress to{.address = delivery.local_part + "@" + lower(delivery.domain),
                            .original = recipient.address,
                            .sender = work.envelope.sender,
                            .return_path = return_path_of(work, delivery),
                            .router = delivery.router,
                            .transport = delivery.transport};
    if (same_nocase(to.original, to.address) && mail::local_part_of(to.original) == mail::local_part_of(to.address))
        to.original = to.address;
    to.ancestors = delivery.ancestors;
    return to;
}

mainlog::LineHost line_host(const delivery::Outcome& outcome)
{
    return {.name = outcome.host_name,
            .address = outcome.host_address,
            .port = outcome.host_port,
            .interface_address = outcome.interface_address,
            .interface_port = outcome.interface_port};
}

void name_uncertain(const Work& work, std::string_view why)
{
    std::string whom;
    for (const auto& recipient : work.envelope.recipients)
        whom += " " + recipient.address;
    log::main(work.envelope.id + " may be delivered twice: " + escape(why, true) + " while finishing" + escape(whom));
}

}
