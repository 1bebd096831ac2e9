// cleanup - makes a message fit for the queue and has it committed.
//
// Takes messages from smtpd, submit and bounce; completes and checks their headers, asks router what
// policy says of the whole message, and hands the finished record to spoold. It sees no file and no
// network; what it does not want to parse itself goes to scan.

#include "cleanup/inspections.h"
#include "cleanup/intake.h"
#include "cleanup/parameters.h"
#include "common/mail/date.h"
#include "common/service/boot.h"

int main(int argc, char** argv)
{
    using namespace gp;
    service::Boot boot{"cleanup", argc, argv};
    const auto parameters = boot.parameters<cleanup::Parameters>();
    const SystemClock clock;
    mail::zone_offset(clock.seconds()); // reads the zone's rules while files can be seen
    auto jailed = std::move(boot).enter_jail();
    cleanup::RoomKeeper room;
    auto& spoold = jailed.dial("spoold", &room);
    room.follow(spoold);
    cleanup::Inspections inspections;
    cleanup::Intake intake{parameters,
                           {.router = jailed.dial("router", &inspections), .spoold = spoold, .scan = jailed.dial("scan"), .inspections = &inspections,
                            .remote = parameters.mua_wrapper ? &jailed.dial("remote") : nullptr},
                           room,
                           clock};
    inspections.scan_with(jailed.dial("scan"));
    return jailed.serve({.endpoint = &intake});
}
