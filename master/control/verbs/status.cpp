// gatepost status: the processes of a running suite, from master's board, with what the kernel says of each.

#include <sysexits.h>

#include <ctime>
#include <map>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/source.h"
#include "common/process/identity.h"
#include "common/process/jail.h"
#include "master/control/instance.h"
#include "master/control/table.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

using service::ProcessState;

constexpr std::size_t most_proc_file = 1 << 16;

std::string state_name(ProcessState state)
{
    switch (state) {
    case ProcessState::starting:
        return "starting";
    case ProcessState::serving:
        return "serving";
    case ProcessState::retiring:
        return "retiring";
    case ProcessState::stopping:
        return "stopping";
    case ProcessState::waiting:
        return "waiting";
    default:
        return "unknown";
    }
}

// "Uid" → "996\t996\t996\t996" and so on, of /proc/PID/status. /proc files have no size, so they are read
// to their end.
std::map<std::string, std::string, std::less<>> kernel_status(std::int64_t pid)
{
    std::map<std::string, std::string, std::less<>> fields;
    const auto text = config::read_file("/proc/" + std::to_string(pid) + "/status", most_proc_file);
    if (!text)
        return fields;
    for (auto line : split(*text, '\n'))
        if (const auto colon = line.find(':'); colon != std::string_view::npos)
            fields.emplace(line.substr(0, colon), trim(line.substr(colon + 1)));
    return fields;
}

std::string user_of(const std::map<std::string, std::string, std::less<>>& fields)
{
    const auto found = fields.find("Uid");
    if (found == fields.end())
        return "?";
    const auto uid = parse_unsigned(split(found->second, '\t')[0]);
    const auto user = uid ? process::find_user(static_cast<uid_t>(*uid)) : Result<process::User>(uid.error());
    return user ? user->name : split(found->second, '\t')[0].data();
}

std::int64_t kibibytes(const std::map<std::string, std::string, std::less<>>& fields, std::string_view name)
{
    const auto found = fields.find(name);
    if (found == fields.end())
        return 0;
    return parse_integer(split(found->second, ' ')[0]).value_or(0);
}

Table table_of(const Snapshot& snapshot)
{
    Table table{{{"SERVICE", "service"},
                 {"NR", "number"},
                 {"PID", "pid"},
                 {"USER", "user"},
                 {"STATE", "state"},
                 {"SESSIONS", "sessions"},
                 {"RESTARTS", "restarts"},
                 {"AGE", "age"},
                 {"RSS", "rss_kib"},
                 {"CONFIG", "generation"},
                 {"WALLS", "walls"}}};
    const auto now = std::time(nullptr);
    for (const auto& entry : snapshot.entries) {
        const auto fields = kernel_status(entry.pid);
        table.add({std::string(entry.pool), std::int64_t{entry.number}, std::int64_t{entry.pid},
                   user_of(fields), state_name(entry.state), std::int64_t{entry.sessions},
                   std::int64_t{entry.restarts}, std::int64_t{now - entry.since}, kibibytes(fields, "VmRSS"),
                   std::int64_t{entry.generation}, process::wall_names(entry.walls)});
    }
    return table;
}

int status(const Invocation& call)
{
    if (!call.arguments.empty())
        return fail(EX_USAGE, "status [-C FILE] [--json]");
    const auto instance = Instance::find(call);
    if (!instance)
        return fail(EX_CONFIG, instance.error().text);
    const auto master = instance->master();
    const auto snapshot = master ? instance->status() : Result<Snapshot>(master.error());
    if (!snapshot) {
        if (call.json)
            print(json_object({{"instance", json_quoted(instance->path())}, {"running", "false"}}) + "\n");
        return fail(snapshot.error().cause == Cause::not_found ? EX_UNAVAILABLE : EX_OSERR,
                    snapshot.error().text);
    }
    const auto table = table_of(*snapshot);
    const auto uptime = std::time(nullptr) - snapshot->head.started;
    if (call.json) {
        print(json_object({{"instance", json_quoted(instance->path())},
                           {"running", "true"},
                           {"pid", std::to_string(master->pid)},
                           {"ready", snapshot->head.ready ? "true" : "false"},
                           {"generation", std::to_string(snapshot->head.generation)},
                           {"uptime", std::to_string(uptime)},
                           {"processes", table.json()}}) +
              "\n");
    } else {
        print("instance " + instance->path() + ", master " + std::to_string(master->pid) + ", up " +
              std::to_string(uptime) + " s, " + (snapshot->head.ready ? "ready" : "starting") +
              ", configuration " + std::to_string(snapshot->head.generation) + "\n" + table.text());
    }
    return EX_OK;
}

const RegisterVerb self{{
    .name = "status",
    .usage = "status [-C FILE] [--json]",
    .text = "Shows the processes of a running suite: user, sessions, age, and the walls around each.",
    .run = status,
}};

}
}
