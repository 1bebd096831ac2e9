// bounce - writes delivery status reports.
//
// qmgr asks for a report about failed or delayed recipients; bounce fetches the message by ticket, writes
// the report and hands it to cleanup like any other message, with the null sender.

#include "common/mail/date.h"
#include "common/service/boot.h"
#include "delivery/bounce/reporter.h"

int main(int argc, char** argv)
{
    using namespace gp;
    service::Boot boot{"bounce", argc, argv};
    const auto parameters = boot.parameters<bounce::Parameters>();
    const SystemClock clock;
    mail::zone_offset(clock.seconds());
    auto jailed = std::move(boot).enter_jail();
    bounce::Reporter reporter{parameters, jailed.dial("spoold"), jailed.dial("cleanup"), clock};
    return jailed.serve({.endpoint = &reporter});
}
