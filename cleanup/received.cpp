#include "cleanup/received.h"

#include "cleanup/expand_main.h"
#include "common/mail/date.h"

namespace gp::cleanup {

Result<std::string> make_received(const Work& work, std::int64_t when)
{
    const auto date = mail::format_date(when);
    if (work.parameters.received_header_text_is_set)
        return mail::received_header_from(TRY(expand_main(work, "received_header_text")), date);
    const auto& recipients = work.envelope.recipients;
    return mail::received_header({.origin = work.envelope.origin,
                                  .primary_hostname = work.parameters.primary_hostname,
                                  .software = work.parameters.software,
                                  .sender = work.envelope.sender,
                                  .id = work.envelope.id,
                                  .received_for = recipients.size() == 1 ? recipients[0].address : std::string_view{},
                                  .with_ports = work.parameters.log_incoming_port},
                                 date);
}

}
