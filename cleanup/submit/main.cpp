// submit - takes the mail of local programs.
//
// bin/sendmail connects to the instance's socket run/submit; the kernel says who calls. What was left in
// the drop directory while the suite was down is taken in at the start and once a minute; with mua_wrapper
// nobody can leave anything there. It sees the drop directory and nothing else, and asks router who a caller
// is and what they may say.

#include <fcntl.h>

#include "cleanup/submit/drop.h"
#include "cleanup/submit/session.h"
#include "common/log/log.h"
#include "common/process/peer.h"
#include "common/process/per_user.h"

using namespace gp;

int main(int argc, char** argv)
{
    service::Boot boot{"submit", argc, argv};
    const auto parameters = boot.parameters<submit::Parameters>();
    OwnedFd drop_directory; // stays open; an instance may do without one
    boot.as_user([&]() -> Status {
        drop_directory.reset(::open(parameters.drop_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        return drop_directory ? submit::open_to_all(drop_directory.get(), !parameters.mua_wrapper) : Status{};
    });
    auto jailed = std::move(boot).enter_jail();

    const SystemClock clock;
    mail::MessageIdGenerator ids{clock};
    const submit::Services others{.router = jailed.dial("router"), .cleanup = jailed.dial("cleanup")};
    submit::Drop drop{std::move(drop_directory), parameters, others, clock, ids};
    process::PerUser connections{parameters.connections_per_uid};

    return jailed.serve({
        .on_client =
            [&](service::Client client) {
                auto peer = process::peer_of(client.socket.get());
                if (!peer)
                    return;
                const auto place = connections.admit(peer->uid);
                if (!place) {
                    log::warning("uid " + std::to_string(peer->uid) + " has too many connections (" +
                                 std::to_string(connections.most()) + ", submit_connections_per_uid)");
                    return;
                }
                submit::Session{*peer, parameters, others, clock, ids}.run(std::move(client.socket));
            },
        .on_start =
            [&] {
                const auto started = jailed.loop().spawn("drop directory", [&] {
                    for (;; event::sleep_for(Duration{std::int64_t{parameters.drop_interval} * 1000}))
                        drop.scan();
                });
                if (!started)
                    log::alarm("drop directory: " + started.error().text);
            },
    });
}
