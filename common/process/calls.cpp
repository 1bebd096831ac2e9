#include "common/process/calls.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <set>

#include "common/process/memfd.h"

namespace gp::process {
namespace {

struct GroupRow {
    std::uint32_t group;
    std::string_view name;
    std::vector<const char*> calls; // without regard to arguments
};

// Calls whose arguments matter have their rules in the functions of Filter below.
const std::vector<GroupRow>& rows()
{
    // clang-format off
    static const std::vector<GroupRow> table = {
        {calls_base, "base",
         {"read", "write", "readv", "writev", "sendmsg", "recvmsg", "close", "epoll_wait", "epoll_pwait", "epoll_ctl",
          "munmap", "mremap", "madvise", "brk", "futex", "clock_gettime", "getrandom", "getpid", "gettid",
          "rt_sigprocmask", "rt_sigreturn", "timerfd_settime", "mlock", "exit", "exit_group", "restart_syscall"}},
        {calls_accept, "accept",
         {"accept4", "getpeername", "getsockname", "getsockopt", "setsockopt", "shutdown", "sendto", "recvfrom"}},
        {calls_connect_inet, "connect_inet",
         {"connect", "bind", "getpeername", "getsockname", "getsockopt", "setsockopt", "shutdown", "sendto",
          "recvfrom", "poll"}},
        {calls_connect_unix, "connect_unix",
         {"connect", "getpeername", "getsockname", "getsockopt", "setsockopt", "shutdown", "sendto", "recvfrom",
          "poll"}},
        {calls_open_read, "open_read",
         {"openat2", "newfstatat", "statx", "getdents64", "pread64", "preadv", "preadv2", "lseek", "faccessat", "faccessat2",
          "access", "stat", "lstat", "readlink", "readlinkat", "fstatfs", "statfs", "fadvise64", "getcwd", "fchdir",
          "uname"}},
        {calls_open_write, "open_write",
         {"openat", "openat2", "newfstatat", "statx", "getdents64", "pread64", "preadv", "preadv2", "pwrite64", "pwritev",
          "pwritev2", "lseek", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat", "mkdir",
          "mkdirat", "rmdir", "ftruncate", "fallocate", "fchmod", "fchmodat", "utimensat", "umask", "fstatfs",
          "statfs", "faccessat", "faccessat2", "access", "stat", "lstat", "readlink", "readlinkat", "fadvise64",
          "sync_file_range", "copy_file_range", "getuid", "geteuid", "getgid", "getegid"}},
        {calls_sync, "sync", {"fsync", "fdatasync", "syncfs", "sync_file_range"}},
        {calls_threads, "threads", {"eventfd2", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity"}},
        {calls_fork, "fork",
         {"wait4", "waitid", "pipe2", "dup", "dup2", "dup3", "close_range", "setsid", "getppid", "set_robust_list",
          "umask", "prlimit64", "setrlimit", "capget", "capset", "seccomp", "prctl", "landlock_create_ruleset",
          "landlock_add_rule", "landlock_restrict_self", "getuid", "geteuid", "getgid", "getegid", "getresuid",
          "getresgid", "getgroups", "rt_sigaction", "chdir", "fchdir", "memfd_create", "kcmp"}},
        // The ids of setresuid and setresgid are fenced by hand, ahead of this filter.
        {calls_set_ids, "set_ids",
         {"setresuid", "setresgid", "setgroups", "getresuid", "getresgid", "getgroups", "getuid", "geteuid", "getgid",
          "getegid", "capget", "capset"}},
        {calls_exec, "exec", {"execve", "execveat"}},
        {calls_kill, "kill", {"kill", "pidfd_open", "pidfd_send_signal"}},
        {calls_memfd, "memfd",
         {"memfd_create", "memfd_secret", "ftruncate", "pread64", "pwrite64", "lseek", "getuid", "geteuid", "getgid",
          "getegid"}},
        // Who waits for a lock sleeps between tries.
        {calls_lock, "lock", {"flock", "nanosleep", "clock_nanosleep"}},
        {calls_talk, "talk", {"recvfrom", "shutdown", "pread64"}},
        {calls_peer, "peer", {"getsockopt"}},
    };
    // clang-format on
    return table;
}

// A command that a transport names is any program, and inherits our filter: with calls_exec everything passes
// but this, and what has rules of its own (sockets by family, clone by flags, ids by the fence).
constexpr std::string_view never_for_commands[] = {
    // other processes' memory, and the kernel's insides
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    "kcmp",
    "perf_event_open",
    "bpf",
    "userfaultfd",
    "lookup_dcookie",
    "syslog",
    // a ring's operations pass by every filter
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    // namespaces and mounts
    "unshare",
    "setns",
    "mount",
    "umount",
    "umount2",
    "move_mount",
    "open_tree",
    "open_tree_attr",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "statmount",
    "listmount",
    "pivot_root",
    "chroot",
    "open_by_handle_at",
    "name_to_handle_at",
    "fanotify_init",
    "fanotify_mark",
    // the machine
    "init_module",
    "finit_module",
    "delete_module",
    "create_module",
    "query_module",
    "get_kernel_syms",
    "kexec_load",
    "kexec_file_load",
    "reboot",
    "swapon",
    "swapoff",
    "iopl",
    "ioperm",
    "modify_ldt",
    "vm86",
    "vm86old",
    "acct",
    "quotactl",
    "quotactl_fd",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "stime",
    "sethostname",
    "setdomainname",
    "vhangup",
    "personality",
    "uselib",
    "ustat",
    "sysfs",
    "_sysctl",
    "nfsservctl",
    "mbind",
    "set_mempolicy",
    "set_mempolicy_home_node",
    "migrate_pages",
    "move_pages",
    "remap_file_pages",
    // keys
    "add_key",
    "request_key",
    "keyctl",
    // these have rules of their own
    "socket",
    "socketpair",
    "clone",
    "clone3",
    "tgkill",
    "kill",
    "mmap",
    "mprotect",
    "pkey_mprotect",
};

#ifdef __SANITIZE_ADDRESS__
// What the sanitizers' run time needs to write a report.
constexpr const char* sanitizer_calls[] = {
    "sched_yield", "sigaltstack", "readlink",     "mincore",           "getuid",  "prctl",
    "openat",      "newfstatat",  "gettimeofday", "sched_getaffinity", "getppid", "getrlimit",
    "prlimit64",   "pipe",        "pipe2",        "mprotect",          "clone",   "wait4"};
#endif

std::uint32_t first_unknown_call()
{
    for (int number = 2000; number > 0; --number) {
        char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
        if (!name)
            continue;
        free(name); // NOLINT: the library allocates it with malloc
        return static_cast<std::uint32_t>(number) + 1;
    }
    return UINT32_MAX;
}

class Filter {
public:
    Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {}
    ~Filter()
    {
        if (context_)
            seccomp_release(context_);
    }
    Filter(const Filter&) = delete;
    Filter& operator=(const Filter&) = delete;

    Status build(const CallRules& rules);
    Result<std::vector<sock_filter>> program() const;
    const std::set<std::string>& names() const { return names_; }

private:
    void allow(const char* call) { add(SCMP_ACT_ALLOW, call, {}); }
    void allow(const char* call, const std::vector<scmp_arg_cmp>& when) { add(SCMP_ACT_ALLOW, call, when); }
    void add(std::uint32_t action, const char* call, const std::vector<scmp_arg_cmp>& when);
    void add_base();
    void add_fcntl(int command);
    void add_memory(bool forbid_exec);
    void add_sockets(std::uint32_t groups);
    void add_files(std::uint32_t groups);
    void add_processes(std::uint32_t groups);
    void add_commands();

    scmp_filter_ctx context_;
    std::set<std::string> names_; // allowed, at least with some arguments
    std::set<std::string> whole_; // allowed with any arguments: a narrower rule would be refused
    Error failed_;
    bool has_failed_ = false;
};

scmp_arg_cmp is(unsigned argument, std::uint64_t value)
{
    return {argument, SCMP_CMP_EQ, value, 0};
}

// None of the bits is set.
scmp_arg_cmp lacks(unsigned argument, std::uint64_t bits)
{
    return {argument, SCMP_CMP_MASKED_EQ, bits, 0};
}

scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value)
{
    return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

void Filter::add(std::uint32_t action, const char* call, const std::vector<scmp_arg_cmp>& when)
{
    const int number = seccomp_syscall_resolve_name(call);
    if (has_failed_ || number < 0) // not a call of this machine's kind
        return;
    if (action == SCMP_ACT_ALLOW) {
        names_.insert(call);
        if (whole_.contains(call))
            return;
        if (when.empty())
            whole_.insert(call);
    }
    const int error = seccomp_rule_add_array(context_, action, number, static_cast<unsigned>(when.size()),
                                             when.empty() ? nullptr : when.data());
    if (error < 0) {
        has_failed_ = true;
        failed_ = system_error("seccomp rule for " + std::string(call), -error);
    }
}

void Filter::add_fcntl(int command)
{
    allow("fcntl", {is(1, static_cast<std::uint64_t>(command))});
}

void Filter::add_base()
{
    for (int command : {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC})
        add_fcntl(command);
    // The C library asks for a descriptor's kind with an empty path; names are for open_read.
    allow("fstat");
    allow("newfstatat", {masked(3, AT_EMPTY_PATH, AT_EMPTY_PATH)});
    allow("ioctl", {is(1, FIONREAD)});
    // abort() signals this very process and no other.
    allow("tgkill", {is(0, static_cast<std::uint64_t>(getpid()))});
    allow("rt_sigaction");
    allow("prlimit64", {is(0, 0), is(2, 0)}); // only reads limits, only our own
}

void Filter::add_memory(bool forbid_exec)
{
    if (!forbid_exec) {
        allow("mmap");
        allow("mprotect");
        return;
    }
    allow("mmap", {lacks(2, PROT_EXEC)});
    allow("mprotect", {lacks(2, PROT_EXEC)});
}

void Filter::add_sockets(std::uint32_t groups)
{
    const std::uint64_t kind_mask = 0xf; // without SOCK_CLOEXEC and SOCK_NONBLOCK
    if (groups & calls_connect_inet)
        for (std::uint64_t family : {AF_INET, AF_INET6})
            for (std::uint64_t kind : {SOCK_STREAM, SOCK_DGRAM})
                allow("socket", {is(0, family), masked(1, kind_mask, kind)});
    if (groups & calls_connect_unix)
        for (std::uint64_t kind : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM})
            allow("socket", {is(0, AF_UNIX), masked(1, kind_mask, kind)});
    // As on a kernel without it: a program that would tell the audit (PAM's library does) goes on without, while EPERM
    // would be the end of it.
    if (groups & calls_exec)
        add(SCMP_ACT_ERRNO(EAFNOSUPPORT), "socket", {is(0, AF_NETLINK)});
    if (groups & calls_talk)
        allow("sendto", {is(4, 0)}); // to the other end, and to no address
    // A pair is connected already; a datagram one could be connected elsewhere, so it is not among them.
    if (groups & (calls_fork | calls_connect_inet))
        for (std::uint64_t kind : {SOCK_STREAM, SOCK_SEQPACKET})
            allow("socketpair", {is(0, AF_UNIX), masked(1, kind_mask, kind)});
}

void Filter::add_files(std::uint32_t groups)
{
    if (groups & (calls_open_read | calls_fork))
        allow("openat", {lacks(2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)});
    if (groups & calls_lock)
        for (int command : {F_SETLK, F_SETLKW, F_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_OFD_GETLK})
            add_fcntl(command);
    if (groups & calls_memfd)
        for (int command : {F_ADD_SEALS, F_GET_SEALS})
            add_fcntl(command);
}

void Filter::add_processes(std::uint32_t groups)
{
    const std::uint64_t namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                                     CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    if (groups & calls_fork)
        allow("clone", {lacks(0, namespaces)});
    else if (groups & calls_threads)
        allow("clone", {masked(0, CLONE_THREAD | CLONE_VM | namespaces, CLONE_THREAD | CLONE_VM)});
    // clone3 has its flags in memory, where no filter sees them; the C library then takes clone.
    if (groups & (calls_fork | calls_threads))
        add(SCMP_ACT_ERRNO(ENOSYS), "clone3", {});
    if (!(groups & calls_fork))
        allow("prctl", {is(0, PR_SET_NAME)});
    if (groups & calls_fork)
        allow("tgkill"); // a child's abort(); beyond the domain Landlock and the uid refuse it
}

void Filter::add_commands()
{
    const auto end = static_cast<int>(first_unknown_call());
    for (int number = 0; number < end; ++number) {
        char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
        if (!name)
            continue;
        if (std::ranges::find(never_for_commands, std::string_view(name)) == std::end(never_for_commands))
            allow(name);
        free(name); // NOLINT: the library allocates it with malloc
    }
}

Status Filter::build(const CallRules& rules)
{
    if (!context_)
        return temporary("seccomp: no memory for a filter");
    for (const auto& row : rows())
        if (row.group == calls_base || (rules.groups & row.group))
            for (const char* call : row.calls)
                allow(call);
    if (rules.groups & calls_exec)
        add_commands();
    add_processes(rules.groups);
    add_base();
    add_memory(rules.forbid_exec_memory);
    add_sockets(rules.groups);
    add_files(rules.groups);
#ifdef __SANITIZE_ADDRESS__
    for (const char* call : sanitizer_calls)
        allow(call);
#endif
    if (has_failed_)
        return failed_;
    return {};
}

Result<std::vector<sock_filter>> Filter::program() const
{
    auto memory = TRY(make_memfd("seccomp"));
    if (const int error = seccomp_export_bpf(context_, memory.get()); error < 0)
        return system_error("seccomp_export_bpf", -error);
    const auto text = TRY(read_all(memory.get(), 1 << 20));
    std::vector<sock_filter> program(text.size() / sizeof(sock_filter));
    std::memcpy(program.data(), text.data(), program.size() * sizeof(sock_filter));
    return program;
}

sock_filter statement(unsigned code, std::uint32_t operand)
{
    return {static_cast<std::uint16_t>(code), 0, 0, operand};
}

sock_filter jump(unsigned code, std::uint32_t operand, unsigned yes, unsigned no)
{
    return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(yes), static_cast<std::uint8_t>(no),
            operand};
}

sock_filter load(std::size_t offset)
{
    return statement(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

// The half of an argument that the kernel takes for an id. libseccomp compares all 64 bits, so that with
// its rules 1 << 32 would count as an ordinary user and still become root.
std::size_t low_half(std::size_t argument)
{
    const std::size_t word = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 4;
    return offsetof(seccomp_data, args) + argument * 8 + word;
}

constexpr std::uint32_t refuse = SECCOMP_RET_ERRNO | EPERM;

// Each of the first `count` arguments must be first_uid or above, or one of the extra ones. -1 (no change) is
// above.
void add_uid_fence(std::vector<sock_filter>& out, std::uint32_t call, unsigned count, const IdFence& fence)
{
    std::vector<sock_filter> body;
    const auto extra = static_cast<unsigned>(fence.also_uids.size());
    for (std::size_t argument = 0; argument < count; ++argument) {
        body.push_back(load(low_half(argument)));
        body.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, fence.first_uid, extra + 1, 0));
        for (unsigned i = 0; i < extra; ++i)
            body.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, fence.also_uids[i], extra - i, 0));
        body.push_back(statement(BPF_RET | BPF_K, refuse));
    }
    out.push_back(load(offsetof(seccomp_data, nr)));
    out.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, call, 0, static_cast<unsigned>(body.size())));
    out.insert(out.end(), body.begin(), body.end());
}

// None of them may be 0; groups below 1000 ("mail") are ordinary for transports.
void add_gid_fence(std::vector<sock_filter>& out, std::uint32_t call, unsigned count)
{
    std::vector<sock_filter> body;
    for (std::size_t argument = 0; argument < count; ++argument) {
        body.push_back(load(low_half(argument)));
        body.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1));
        body.push_back(statement(BPF_RET | BPF_K, refuse));
    }
    out.push_back(load(offsetof(seccomp_data, nr)));
    out.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, call, 0, static_cast<unsigned>(body.size())));
    out.insert(out.end(), body.begin(), body.end());
}

// What goes ahead of libseccomp's program, which checks the architecture itself: unknown numbers, and the
// fence for ids. Jumps in its program are relative, so that it can be moved.
std::vector<sock_filter> prologue(const CallRules& rules)
{
    std::vector<sock_filter> out;
    out.push_back(load(offsetof(seccomp_data, nr)));
    out.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, first_unknown_call(), 0, 1));
    out.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
    // The older calls too: they are refused altogether but where commands are executed.
    if (rules.groups & (calls_set_ids | calls_exec)) {
        for (const auto& [call, count] : {std::pair{__NR_setresuid, 3u}, std::pair{__NR_setreuid, 2u},
                                          std::pair{__NR_setuid, 1u}, std::pair{__NR_setfsuid, 1u}})
            add_uid_fence(out, call, count, rules.fence);
        for (const auto& [call, count] : {std::pair{__NR_setresgid, 3u}, std::pair{__NR_setregid, 2u},
                                          std::pair{__NR_setgid, 1u}, std::pair{__NR_setfsgid, 1u}})
            add_gid_fence(out, call, count);
    }
    return out;
}

}

Result<unsigned> restrict_calls(const CallRules& rules)
{
    if (rules.fence.first_uid == 0 || rules.fence.also_uids.size() > 32)
        return misconfigured("the fence of user ids must leave out root and name at most 32 others");
    for (uid_t uid : rules.fence.also_uids)
        if (uid == 0)
            return misconfigured("root cannot be among the users that deliveries run as");
    Filter filter;
    TRY(filter.build(rules));
    auto program = prologue(rules);
    const auto rest = TRY(filter.program());
    program.insert(program.end(), rest.begin(), rest.end());
    if (program.size() > BPF_MAXINSNS)
        return misconfigured("seccomp: the filter is too long");
    const sock_fprog loaded{static_cast<unsigned short>(program.size()), program.data()};
    if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &loaded) != 0)
        return system_error("seccomp");
    return static_cast<unsigned>(filter.names().size());
}

std::vector<std::string> allowed_calls(std::uint32_t groups)
{
    Filter filter;
    if (!filter.build({.groups = groups, .forbid_exec_memory = true, .fence = {}}))
        return {};
    return {filter.names().begin(), filter.names().end()};
}

std::string call_group_names(std::uint32_t groups)
{
    std::string names;
    for (const auto& row : rows())
        if (groups & row.group)
            names += (names.empty() ? "" : " ") + std::string(row.name);
    return names;
}

}
