#include "delivery/local/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "common/ipc/codec.h"
#include "common/process/capabilities.h"
#include "common/process/identity.h"
#include "common/process/jail.h"
#include "common/process/landlock.h"
#include "delivery/local/copy.h"

namespace gp::local {
namespace {

// Everything but standard descriptors, the report and the message.
void close_others(const Job& job, int report_to)
{
    const int large = job.message.large.get();
    const int first = std::min(report_to, large < 0 ? report_to : large);
    const int second = std::max(report_to, large);
    if (first > 3)
        ::close_range(3, static_cast<unsigned>(first - 1), 0);
    if (second > first + 1)
        ::close_range(static_cast<unsigned>(first + 1), static_cast<unsigned>(second - 1), 0);
    ::close_range(static_cast<unsigned>(second + 1), ~0u, 0);
}

// The kernel keeps the capabilities of a process that changes from one ordinary uid to another: they go by
// name, and that there is no way back is tried.
Status become_recipient(const Job& job)
{
    const auto& to = job.instruction();
    process::Identity who{.uid = to.uid, .gid = to.gid};
    who.groups.assign(to.groups.begin(), to.groups.end());
    if (who.groups.empty())
        who.groups = {to.gid};
    TRY(process::become(who));
    TRY(process::reduce_capabilities(0));
    return process::expect_no_way_back();
}

Status limit_resources(const Job& job, const Transport& transport)
{
    TRY(process::set_limit(RLIMIT_CORE, 0));
    if (!transport.executes && job.parameters.child_memory_mib)
        TRY(process::set_limit(RLIMIT_AS, job.parameters.child_memory_mib * 1024 * 1024));
    if (job.parameters.child_file_size)
        TRY(process::set_limit(RLIMIT_FSIZE, job.parameters.child_file_size));
    return {};
}

// The places are opened as the recipient; what the kernel cannot wall off is left to the uid.
Status raise_walls(const Job& job, const Transport& transport)
{
    std::vector<process::PathRule> rules;
    const auto places = TRY(transport.places(job));
    for (const auto& place : places)
        rules.push_back({place, process::path_read | process::path_write});
    if (places.empty())
        rules.push_back({"/", process::path_read | process::path_write | process::path_execute});
    auto files = TRY(process::FileFence::prepare(rules));
    TRY(process::forbid_new_privileges());
    process::PortFence ports;
    ports.connect_anywhere = ports.bind_anywhere = transport.executes && job.parameters.pipe_allow_network;
    TRY(process::restrict_reach(files, ports));
    process::CallRules calls;
    calls.groups = process::calls_open_read | process::calls_open_write | process::calls_sync | process::calls_lock;
    if (transport.executes) {
        calls.groups |= process::calls_fork | process::calls_exec | process::calls_kill | process::calls_threads |
                        process::calls_connect_unix | process::calls_accept | process::calls_memfd;
        if (job.parameters.pipe_allow_network)
            calls.groups |= process::calls_connect_inet;
        calls.forbid_exec_memory = false; // the program is not ours
    }
    if (transport.connects)
        calls.groups |= process::calls_connect_unix;
    TRY(process::restrict_calls(calls));
    return {};
}

delivery::DeliverReply run(const Job& job, const Transport& transport, bool change_ids)
{
    if (change_ids)
        if (auto became = become_recipient(job); !became)
            return report(job, deferred("cannot become uid " + std::to_string(job.instruction().uid) + ": " + became.error().text));
    const auto& to = job.instruction();
    const auto directory = !to.current_directory.empty() ? to.current_directory : to.home;
    if (!directory.empty() && ::chdir(directory.c_str()) != 0 && !to.current_directory.empty())
        return report(job, outcome_of(system_error("chdir to " + directory)));
    auto walled = limit_resources(job, transport);
    if (walled)
        walled = raise_walls(job, transport);
    if (!walled)
        return report(job, deferred("the walls of a local delivery cannot be raised: " + walled.error().text));
    return transport.deliver(job);
}

}

void deliver_and_exit(const Job& job, const Transport& transport, bool change_ids, int report_to)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // the launcher is gone: nobody would hear the outcome
    ::setsid();
    ::signal(SIGPIPE, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    close_others(job, report_to);
    ::umask(077);
    const auto reply = run(job, transport, change_ids);
    const auto octets = ipc::encode(reply);
    const auto sent = write_all(report_to, octets, "the launcher");
    ::_exit(sent ? 0 : 1);
}

}
