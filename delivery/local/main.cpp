// launcher - delivers to local users.
//
// For each delivery a child becomes the recipient for good, raises walls around the mailbox and writes the
// message. Children come from the nursery, a fork of the launcher from before its first message. Both may become
// ordinary users only, never root. Launcher and nursery parse no text from outside; the child that obeys a user's
// own file does, as that user.

#include "common/mail/charsets.h"
#include "common/mail/date.h"
#include "common/service/boot.h"
#include "delivery/local/launcher.h"

#include <unistd.h>

#include <climits>
#include <ctime>

namespace {

// Beside this one; asked before the walls stand.
std::string beside(const char* name)
{
    char path[PATH_MAX];
    const auto length = ::readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0 || static_cast<std::size_t>(length) == sizeof path)
        return {};
    const std::string_view self(path, static_cast<std::size_t>(length));
    return std::string(self.substr(0, self.rfind('/'))) + "/" + name;
}

}

int main(int argc, char** argv)
{
    using namespace gp;
    service::Boot boot{"launcher", argc, argv};
    const auto parameters = boot.parameters<launcher::Parameters>();
    mail::zone_offset(std::time(nullptr));
    mail::load_charsets(); // for the children that obey users' filters
    const auto pam = beside("pam"), sasl = beside("sasl");
    auto jailed = std::move(boot).enter_jail();
    const auto transports = Registry<local::Transport>::linked();
    const local::Interpreter interpreter{parameters};
    const local::Upbringing upbringing{.parameters = parameters,
                                       .transports = transports,
                                       .changes_ids = local::may_change_ids(),
                                       .interpreter = &interpreter,
                                       .pam_program = pam, .sasl_program = sasl,
                                       .checks_permits = true};
    auto nursery = local::Nursery::open(upbringing);
    if (!nursery)
        service::Boot::die(nursery.error().text);
    const SystemClock clock;
    local::Replies replies{jailed.dial("cleanup"), clock};
    local::Launcher launcher{upbringing, *nursery, jailed.dial("spoold"), replies};
    return jailed.serve({.endpoint = &launcher});
}
