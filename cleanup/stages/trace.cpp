// The loop limit, and the Received: header as policy sees it (manual 48.13): stamped with the time at
// which the message started to come, and stamped anew when it is accepted.

#include "cleanup/expand_main.h"
#include "cleanup/received.h"
#include "cleanup/stages/stages.h"

namespace gp::cleanup {

Ended check_trace(Work& work)
{
    const auto count = mail::received_count(work.headers);
    work.envelope.received_count = static_cast<std::uint32_t>(count + 1);
    if (work.parameters.received_headers_max && count > work.parameters.received_headers_max)
        return refusal(550, "5.4.6", "Too many \"Received\" headers - suspected mail loop");
    auto made = make_received(work, work.envelope.received / 1'000'000);
    if (!made)
        return trouble(work, "received_header_text", made.error());
    work.received_header = std::move(made).take();
    return {};
}

}
