#include "common/process/capabilities.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace gp::process {
namespace {

// The kernel's highest capability is found by asking; numbers above it are refused with EINVAL.
constexpr int most_capabilities = 64;

Status get(__user_cap_data_struct (&data)[2])
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    if (syscall(SYS_capget, &header, data) != 0)
        return system_error("capget");
    return {};
}

CapabilitySet whole(std::uint32_t low, std::uint32_t high)
{
    return CapabilitySet{low} | CapabilitySet{high} << 32;
}

}

CapabilitySet jail_capabilities()
{
    return capability(CAP_SYS_CHROOT) | capability(CAP_SETPCAP);
}

CapabilitySet set_id_capabilities()
{
    return capability(CAP_SETUID) | capability(CAP_SETGID) | capability(CAP_KILL);
}

CapabilitySet master_capabilities()
{
    return set_id_capabilities() | capability(CAP_SETPCAP) | capability(CAP_NET_BIND_SERVICE) |
           capability(CAP_CHOWN) | capability(CAP_SYS_CHROOT);
}

Result<Capabilities> current_capabilities()
{
    __user_cap_data_struct data[2] = {};
    TRY(get(data));
    Capabilities now;
    now.effective = whole(data[0].effective, data[1].effective);
    now.permitted = whole(data[0].permitted, data[1].permitted);
    now.inheritable = whole(data[0].inheritable, data[1].inheritable);
    for (int number = 0; number < most_capabilities; ++number) {
        if (prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1)
            now.bounding |= capability(number);
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0) == 1)
            now.ambient |= capability(number);
    }
    return now;
}

Status limit_bounding_set(CapabilitySet kept)
{
    const auto now = TRY(current_capabilities());
    const bool may = (now.effective & capability(CAP_SETPCAP)) != 0;
    if (!may && now.permitted == 0)
        return {};
    for (int number = 0; number < most_capabilities; ++number)
        if ((now.bounding & capability(number)) && !(kept & capability(number)))
            if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0)
                return system_error("dropping capability " + std::to_string(number) +
                                    " from the bounding set");
    return {};
}

Status lock_securebits()
{
    // SECBIT_KEEP_CAPS stays unlocked: the launcher keeps its three over the change of uid.
    const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                               SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) != 0)
        return system_error("locking the securebits");
    return {};
}

Status reduce_capabilities(CapabilitySet kept)
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2] = {};
    data[0].effective = data[0].permitted = static_cast<std::uint32_t>(kept);
    data[1].effective = data[1].permitted = static_cast<std::uint32_t>(kept >> 32);
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        return system_error("clearing the ambient capabilities");
    if (syscall(SYS_capset, &header, data) != 0)
        return system_error("capset");
    const auto now = TRY(current_capabilities());
    if (now.effective != kept || now.permitted != kept || now.inheritable != 0 || now.ambient != 0)
        return permanent("the kernel did not drop the capabilities");
    return {};
}

Status keep_over_uid_change()
{
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
        return system_error("PR_SET_KEEPCAPS");
    return {};
}

}
