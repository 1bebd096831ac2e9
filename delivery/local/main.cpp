// launcher - delivers to local users.
//
// For each delivery it forks a child that becomes the recipient for good, raises walls around the mailbox
// and writes the message. The launcher itself may become ordinary users only, never root, and parses no
// text from outside.

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
    const SystemClock clock;
    local::Replies replies{jailed.dial("cleanup"), clock};
    local::Launcher launcher{parameters, jailed.dial("spoold"), replies, transports};
    return jailed.serve({.endpoint = &launcher});
}
