#include "common/process/jail.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>

#include "common/process/capabilities.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

namespace gp::process {
namespace {

void stands(JailReport& report, std::uint32_t wall)
{
    report.standing |= wall;
}

void is_missing(JailReport& report, std::uint32_t wall, std::string why)
{
    report.missing |= wall;
    report.notes.push_back(wall_names(wall) + ": " + std::move(why));
}

Status raise_limits(const JailLimits& limits, JailReport& report)
{
    TRY(set_limit(RLIMIT_CORE, 0));
    if (limits.files)
        TRY(set_limit(RLIMIT_NOFILE, limits.files));
    if (limits.file_size != RLIM_INFINITY)
        TRY(set_limit(RLIMIT_FSIZE, limits.file_size));
    if (limits.cpu_seconds != RLIM_INFINITY)
        TRY(set_limit(RLIMIT_CPU, limits.cpu_seconds));
#ifdef __SANITIZE_ADDRESS__
    is_missing(report, wall_limits, "AddressSanitizer reserves more address space than any limit allows");
#else
    if (limits.memory_mib)
        TRY(set_limit(RLIMIT_AS, limits.memory_mib << 20));
    stands(report, wall_limits);
#endif
    return {};
}

void raise_root(const JailPlan& plan, JailReport& report)
{
    if (plan.root.empty()) {
        report.unasked |= wall_root;
        return;
    }
    const auto done = change_root(plan.root);
    if (done)
        stands(report, wall_root);
    else
        is_missing(report, wall_root, done.error().text);
}

Status raise_user(const JailPlan& plan, JailReport& report)
{
    if (!plan.user) {
        report.unasked |= wall_user;
        return {};
    }
    // What is still needed as that user: the change of root, and giving up the rest.
    const auto held = TRY(current_capabilities()).permitted;
    TRY(keep_over_uid_change());
    TRY(become(*plan.user));
    TRY(reduce_capabilities(held & (jail_capabilities() | set_id_capabilities())));
    stands(report, wall_user);
    return {};
}

Status drop_capabilities(const JailPlan& plan, JailReport& report)
{
    const auto held = TRY(current_capabilities()).permitted;
    // An ordinary user's launcher has none to keep.
    const auto kept = plan.keep_set_ids ? held & set_id_capabilities() : 0;
    TRY(limit_bounding_set(kept));
    if (held & jail_capabilities())
        TRY(lock_securebits());
    TRY(reduce_capabilities(kept));
    if (!kept && plan.user)
        TRY(expect_no_way_back());
    stands(report, wall_capabilities);
    return {};
}

void raise_reach(const JailPlan& plan, const FileFence& fence, JailReport& report)
{
    const auto entered = restrict_reach(fence, plan.ports, plan.landlock_at_most);
    const auto result = entered ? *entered : LandlockResult{};
    const std::string why =
        entered ? "Landlock of this kernel has version " + std::to_string(result.abi) : entered.error().text;
    report.landlock = result.abi;
    for (const auto& [is_up, wall] :
         {std::pair{result.files, wall_files}, std::pair{result.ports, wall_ports},
          std::pair{result.scopes, wall_scopes}}) {
        if (is_up)
            stands(report, wall);
        else
            is_missing(report, wall, why);
    }
}

Status raise_calls(const JailPlan& plan, JailReport& report)
{
    auto loaded = restrict_calls(plan.calls);
    if (loaded) {
        report.calls = *loaded;
        stands(report, wall_calls);
        return {};
    }
    if (loaded.error().blame == Blame::configuration)
        return std::move(loaded).error();
    is_missing(report, wall_calls, loaded.error().text);
    return {};
}

}

Result<JailReport> enter_jail(const JailPlan& plan)
{
    JailReport report;
    // The change of user clears the signal that ends us with our parent.
    int death_signal = 0;
    prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
    TRY(raise_limits(plan.limits, report));
    TRY(raise_user(plan, report));
    if (plan.as_user)
        TRY(plan.as_user());
    const auto fence = TRY(FileFence::prepare(plan.paths));
    for (const auto& path : fence.missing())
        report.absent.push_back(path);
    raise_root(plan, report);
    TRY(drop_capabilities(plan, report));
    if (prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0)
        return system_error("PR_SET_PDEATHSIG");
    TRY(forbid_new_privileges());
    stands(report, wall_no_new_privs);
    if (prctl(PR_SET_DUMPABLE, plan.dumpable ? 1 : 0, 0, 0, 0) != 0)
        return system_error("PR_SET_DUMPABLE");
    (plan.dumpable ? report.unasked : report.standing) |= wall_not_traced;
    // Since Linux 6.3, and only a second lock on the door that the filter closes.
    if (plan.calls.forbid_exec_memory)
        prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
    raise_reach(plan, fence, report);
    TRY(raise_calls(plan, report));
    return report;
}

std::string wall_names(std::uint32_t walls)
{
    static constexpr std::pair<std::uint32_t, std::string_view> names[] = {
        {wall_root, "root"},
        {wall_user, "user"},
        {wall_capabilities, "capabilities"},
        {wall_no_new_privs, "no_new_privs"},
        {wall_limits, "limits"},
        {wall_files, "files"},
        {wall_ports, "ports"},
        {wall_scopes, "scopes"},
        {wall_calls, "calls"},
        {wall_not_traced, "not_traced"},
    };
    std::string out;
    for (const auto& [wall, name] : names)
        if (walls & wall)
            out += (out.empty() ? "" : " ") + std::string(name);
    return out;
}

Status change_root(const std::string& directory)
{
    if (chdir(directory.c_str()) != 0)
        return system_error("chdir " + directory);
    if (chroot(".") != 0)
        return system_error("chroot " + directory);
    if (chdir("/") != 0)
        return system_error("chdir /");
    return {};
}

Status forbid_new_privileges()
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return system_error("PR_SET_NO_NEW_PRIVS");
    return {};
}

Status set_limit(int resource, std::uint64_t value)
{
    rlimit limit{};
    if (getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0)
        return system_error("getrlimit");
    limit.rlim_max = std::min<rlim_t>(limit.rlim_max, value);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0)
        return system_error("setrlimit");
    return {};
}

}
