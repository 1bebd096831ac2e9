// spoold - owns the spool.
//
// The only process that reads or writes the queue's files. Makes messages durable, many behind one sync, and
// only then has them acknowledged; tells qmgr of them; hands each to the agents that hold its ticket; records
// what became of it. Parses no message. Sees the spool directory and nothing else.

#include <fcntl.h>

#include "cleanup/spoold/parameters.h"
#include "cleanup/spoold/spooler.h"
#include "common/log/log.h"
#include "common/service/boot.h"

namespace {

gp::spool::Options options(const gp::spoold::Parameters& parameters)
{
    return {.sizes = {.segment = parameters.spool_segment_size,
                      .first = std::min(parameters.spool_first_segment_size, parameters.spool_segment_size),
                      .most = parameters.spool_kept_segments},
            .spares = parameters.spool_spare_segments,
            .compact_below = parameters.spool_compact_below,
            .compact_segments = parameters.spool_compact_segments,
            .lock_wait = std::chrono::seconds{20}};
}

}

int main(int argc, char** argv)
{
    using namespace gp;
    service::Boot boot{"spoold", argc, argv};
    const auto parameters = boot.parameters<spoold::Parameters>();
    const SystemClock clock;
    const spool::Io io;
    OwnedFd directory, log_directory;
    boot.as_user([&]() -> Status {
        const auto path = boot.instance().spool_directory + "/spool";
        directory = OwnedFd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!parameters.log_directory.empty()) // to ask how much room is there; nothing can be read by it
            log_directory = OwnedFd{::open(parameters.log_directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
        return directory ? Status{} : Status(system_error(path));
    });
    // The barrier, large bodies, reading, a spare segment and a sweep may all wait for the disk at once.
    boot.set_loop_limits({.offload_threads = 6});
    auto jailed = std::move(boot).enter_jail();
    auto spool = spool::Spool::open(io, std::move(directory), clock, options(parameters));
    if (!spool)
        service::Boot::die("spool: " + spool.error().text);
    auto tickets = spoold::Tickets::open(io, (*spool)->directory());
    if (!tickets)
        service::Boot::die("spool: " + tickets.error().text);
    const auto write_line = [&](std::string_view line) {
        return jailed.write_line(line,
                                 event::Deadline::in(Duration{std::int64_t{parameters.spool_naming_timeout} * 1000}));
    };
    spoold::Spooler spooler{**spool, std::move(tickets).take(), parameters, clock, std::move(log_directory), write_line};
    const int status = jailed.serve({.endpoint = &spooler,
                                     .on_start =
                                         [&] {
                                             if (auto started = spooler.start(); !started)
                                                 service::Boot::die(started.error().text);
                                         },
                                     .on_stop = [&] { spooler.stop(); },
                                     .is_busy = [&] { return spooler.is_busy(); }});
    if (auto closed = (*spool)->close(); !closed)
        log::warning("spool: " + closed.error().text);
    return status;
}
