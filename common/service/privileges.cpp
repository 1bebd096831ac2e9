#include "common/service/privileges.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/service/image.h"

#include <array>

namespace gp::service {
namespace {

// A thread's fibers are address space above all: 20,000 stacks are 2.6 GiB of it, nearly none of it memory.
// clang-format off
constexpr std::array table = {
    Privileges{.service = "smtpd", .user = "gp-smtpd", .calls = calls_accept,
        .reads = "", .writes = "", .keeps_set_ids = false, .memory_mib = 8192, .files = 65536,
        .asks = "router cleanup keyd log", .ports = ""},
    Privileges{.service = "submit", .user = "gp-submit",
        .calls = calls_accept | calls_open_read | calls_open_write | calls_sync,
        .reads = "", .writes = "drop", .keeps_set_ids = false, .memory_mib = 4096, .files = 8192,
        .asks = "cleanup router log", .ports = ""},
    Privileges{.service = "cleanup", .user = "gp-cleanup", .calls = calls_base | calls_memfd | calls_peer,
        .reads = "", .writes = "", .keeps_set_ids = false, .memory_mib = 8192, .files = 4096,
        .asks = "router spoold scan log", .ports = "", .asks_at_need = "remote"},
    Privileges{.service = "scan", .user = "gp-scan", .calls = calls_talk,
        .reads = "", .writes = "", .keeps_set_ids = false, .memory_mib = 4096, .files = 4096,
        .asks = "log", .ports = ""},
    Privileges{.service = "spoold", .user = "gp-spool",
        .calls = calls_open_read | calls_open_write | calls_sync | calls_threads | calls_lock,
        .reads = "", .writes = "spool", .keeps_set_ids = false, .memory_mib = 16384, .files = 16384,
        .asks = "log", .ports = ""},
    Privileges{.service = "qmgr", .user = "gp-queue",
        .calls = calls_accept | calls_open_read | calls_open_write | calls_sync | calls_threads | calls_lock,
        .reads = "", .writes = "hints", .keeps_set_ids = false, .memory_mib = 8192, .files = 4096,
        .asks = "spoold router remote launcher bounce qmgr log", .ports = ""},
    Privileges{.service = "router", .user = "gp-router",
        .calls = calls_connect_inet | calls_open_read | calls_threads,
        .reads = "resolver zones derived", .writes = "", .keeps_set_ids = false,
        .memory_mib = 8192, .files = 16384, .asks = "tally launcher remote qmgr log", .ports = "53"},
    Privileges{.service = "tally", .user = "gp-router",
        .calls = calls_open_read | calls_open_write | calls_sync | calls_threads | calls_lock,
        .reads = "", .writes = "counts", .keeps_set_ids = false, .memory_mib = 4096, .files = 4096,
        .asks = "log", .ports = ""},
    Privileges{.service = "remote", .user = "gp-remote",
        .calls = calls_connect_inet | calls_open_read | calls_threads,
        .reads = "certificates derived", .writes = "", .keeps_set_ids = false, .memory_mib = 8192,
        .files = 65536,
        .asks = "spoold keyd router launcher log", .ports = "24 25 465 587"},
    // What a child of the launcher may do, the launcher must be able to: filters and domains are inherited.
    // Its wall is the fence around uids; each child gets walls of its own.
    Privileges{.service = "launcher", .user = "gp-launch",
        .calls = calls_fork | calls_set_ids | calls_kill | calls_exec | calls_memfd | calls_open_read |
                 calls_open_write | calls_sync | calls_lock | calls_connect_unix,
        .reads = "anywhere", .writes = "anywhere", .keeps_set_ids = true, .memory_mib = 0, .files = 4096,
        .asks = "spoold cleanup log", .ports = ""},
    Privileges{.service = "bounce", .user = "gp-cleanup", .calls = calls_open_read,
        .reads = "derived", .writes = "", .keeps_set_ids = false, .memory_mib = 4096, .files = 4096,
        .asks = "cleanup spoold log", .ports = ""},
    Privileges{.service = "keyd", .user = "gp-key", .calls = calls_base,
        .reads = "", .writes = "", .keeps_set_ids = false, .memory_mib = 2048, .files = 4096,
        .asks = "log", .ports = ""},
    Privileges{.service = "log", .user = "gp-log",
        .calls = calls_open_read | calls_open_write | calls_connect_unix,
        .reads = "zones", .writes = "log derived", .keeps_set_ids = false, .memory_mib = 2048, .files = 4096,
        .asks = "", .ports = ""},
};
// clang-format on

void add_paths(std::vector<process::PathRule>& rules, const std::vector<std::string>& paths,
               std::uint32_t access)
{
    for (const auto& path : paths)
        rules.push_back({path, access});
}

void add_places(std::vector<process::PathRule>& rules, std::string_view places, const Instance& instance,
                std::uint32_t access)
{
    for (const auto place : split(places, ' '))
        add_paths(rules, place_paths(place, instance), access);
}

std::vector<process::PathRule> path_rules(const Privileges& row, const Instance& instance)
{
    using namespace process;
    std::vector<PathRule> rules;
    // The launcher's children execute what transports name; nobody else executes anything but what is
    // derived.
    const auto anywhere = row.calls & calls_exec ? std::uint32_t{path_execute} : 0u;
    add_places(rules, row.reads, instance, path_read | anywhere);
    add_places(rules, row.writes, instance, path_read | path_write | anywhere);
    add_paths(rules, instance.read_paths, path_read);
    add_paths(rules, instance.write_paths, path_read | path_write);
    add_paths(rules, instance.execute_paths, path_execute);
    return rules;
}

process::PortFence port_fence(const Privileges& row, const Instance& instance)
{
    process::PortFence fence;
    fence.connect_anywhere = instance.connect_anywhere;
    for (const auto port : split(row.ports, ' '))
        if (const auto number = parse_unsigned(port))
            fence.connect.push_back(static_cast<std::uint16_t>(*number));
    for (const auto port : instance.connect_ports)
        fence.connect.push_back(static_cast<std::uint16_t>(port));
    // A resolver of the instance's own may listen anywhere.
    const auto colon = instance.dns.rfind(':');
    if ((row.calls & calls_connect_inet) && colon != std::string::npos)
        if (const auto number = parse_unsigned(std::string_view(instance.dns).substr(colon + 1)))
            fence.connect.push_back(static_cast<std::uint16_t>(*number));
    // Who connects may also bind: a local address that the configuration chose, at a port of the kernel's
    // choice.
    if (row.calls & calls_connect_inet)
        fence.bind.push_back(0);
    return fence;
}

}

std::span<const Privileges> privileges()
{
    return table;
}

const Privileges* privileges_of(std::string_view service)
{
    const auto* const row = std::ranges::find(table, service, &Privileges::service);
    return row == table.end() ? nullptr : row;
}

std::vector<std::string_view> asked_by(const Privileges& row, std::uint32_t flags)
{
    auto names = split(row.asks, ' ');
    if ((flags & asks_at_need) && !row.asks_at_need.empty())
        std::ranges::copy(split(row.asks_at_need, ' '), std::back_inserter(names));
    std::erase(names, std::string_view{});
    return names;
}

std::vector<std::string> place_paths(std::string_view place, const Instance& instance)
{
    const auto below = [&](std::string_view name) {
        return std::vector<std::string>{instance.spool_directory + "/" + std::string(name)};
    };
    if (place == "spool" || place == "log" || place == "drop" || place == "run")
        return below(place);
    if (place == "hints")
        return below("db");
    if (place == "counts")
        return below("tally");
    if (place == "certificates")
        return {"/etc/ssl", "/usr/lib/ssl", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"};
    if (place == "resolver")
        return {"/etc/resolv.conf", "/etc/hosts",    "/etc/nsswitch.conf", "/etc/host.conf",
                "/etc/gai.conf",    "/etc/services", "/etc/protocols"};
    if (place == "zones")
        return {"/etc/localtime", "/etc/timezone", "/usr/share/zoneinfo"};
    if (place == "anywhere")
        return {"/"};
    return {};
}

process::JailPlan jail_plan(const Privileges& row, const Instance& instance)
{
    process::JailPlan plan;
    const bool is_root = ::geteuid() == 0;
    if (is_root && instance.uid != Instance::no_id)
        plan.user =
            process::Identity{instance.uid, instance.gid, {instance.groups.begin(), instance.groups.end()}};
    plan.keep_set_ids = row.keeps_set_ids;
    plan.limits.memory_mib = instance.memory_mib ? instance.memory_mib : row.memory_mib;
    plan.limits.files = instance.files ? instance.files : row.files;
    plan.paths = path_rules(row, instance);
    if (is_root && plan.paths.empty() && !instance.no_chroot)
        plan.root = instance.spool_directory + "/run/empty";
    plan.ports = port_fence(row, instance);
    plan.calls.groups = row.calls | instance.calls;
    // Programs that the launcher's children execute map code of their own.
    plan.calls.forbid_exec_memory = !(plan.calls.groups & calls_exec);
    plan.calls.fence.first_uid = instance.first_uid;
    plan.calls.fence.also_uids = {instance.also_uids.begin(), instance.also_uids.end()};
    return plan;
}

}
