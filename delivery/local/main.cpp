// launcher - delivers to local users.
//
// For each delivery a child becomes the recipient for good, raises walls around the mailbox and writes the
// message. Children come from the nursery, a fork of the launcher from before its first message. Both may become
// ordinary users only, never root, and parse no text from outside.

#include "common/mail/date.h"
#include "common/service/boot.h"
#include "delivery/local/launcher.h"

#include <ctime>

int main(int argc, char** argv)
{
    using namespace gp;
    service::Boot boot{"launcher", argc, argv};
    const auto parameters = boot.parameters<launcher::Parameters>();
    mail::zone_offset(std::time(nullptr));
    auto jailed = std::move(boot).enter_jail();
    const auto transports = Registry<local::Transport>::linked();
    const local::Upbringing upbringing{parameters, transports, local::may_change_ids()};
    auto nursery = local::Nursery::open(upbringing);
    if (!nursery)
        service::Boot::die(nursery.error().text);
    const SystemClock clock;
    local::Replies replies{jailed.dial("cleanup"), clock};
    local::Launcher launcher{upbringing, *nursery, jailed.dial("spoold"), replies};
    return jailed.serve({.endpoint = &launcher});
}
