#include "common/process/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace gp::process {

// The kernel's own numbers and structures: the C library's header may be older than the kernel.
namespace {

#ifndef __NR_landlock_create_ruleset
constexpr long __NR_landlock_create_ruleset = 444;
constexpr long __NR_landlock_add_rule = 445;
constexpr long __NR_landlock_restrict_self = 446;
#endif

struct RulesetAttribute {
    std::uint64_t handled_files;
    std::uint64_t handled_ports; // since version 4
    std::uint64_t scopes;        // since version 6
};

struct [[gnu::packed]] PathAttribute {
    std::uint64_t allowed;
    std::int32_t parent;
};

struct PortAttribute {
    std::uint64_t allowed;
    std::uint64_t port;
};

constexpr int rule_path = 1;
constexpr int rule_port = 2;
constexpr unsigned ask_version = 1;

// clang-format off
enum File : std::uint64_t {
    file_execute     = 1 << 0,
    file_write       = 1 << 1,
    file_read        = 1 << 2,
    read_directory   = 1 << 3,
    remove_directory = 1 << 4,
    remove_file      = 1 << 5,
    make_directory   = 1 << 7,
    make_regular     = 1 << 8,
    make_socket      = 1 << 9,
    all_of_version_1 = (1 << 13) - 1,
    refer            = 1 << 13, // version 2
    truncate_file    = 1 << 14, // version 3
    ioctl_device     = 1 << 15, // version 5
};
// clang-format on
constexpr std::uint64_t of_one_file = file_execute | file_write | file_read | truncate_file;

constexpr std::uint64_t port_bind = 1;
constexpr std::uint64_t port_connect = 2;
constexpr std::uint64_t scope_abstract_sockets = 1;
constexpr std::uint64_t scope_signals = 2;

std::uint64_t files_of_version(int abi)
{
    std::uint64_t all = all_of_version_1;
    if (abi >= 2)
        all |= refer;
    if (abi >= 3)
        all |= truncate_file;
    if (abi >= 5)
        all |= ioctl_device;
    return all;
}

std::uint64_t rights_for(std::uint32_t access)
{
    std::uint64_t rights = 0;
    if (access & path_read)
        rights |= file_read | read_directory;
    if (access & path_write)
        rights |= file_write | remove_directory | remove_file | make_directory | make_regular | make_socket |
                  refer | truncate_file;
    if (access & path_execute)
        rights |= file_execute | file_read | read_directory;
    return rights;
}

std::size_t attribute_size(int abi)
{
    if (abi >= 6)
        return sizeof(RulesetAttribute);
    return abi >= 4 ? offsetof(RulesetAttribute, scopes) : offsetof(RulesetAttribute, handled_ports);
}

}

struct LandlockAccess {
    static Status add_files(int ruleset, const FileFence& fence, std::uint64_t known)
    {
        for (const auto& place : fence.places_) {
            auto rights = rights_for(place.access) & known;
            if (!place.is_directory)
                rights &= of_one_file;
            const PathAttribute rule{rights, place.fd.get()};
            if (rights && syscall(__NR_landlock_add_rule, ruleset, rule_path, &rule, 0) != 0)
                return system_error("landlock rule for a path");
        }
        return {};
    }

    static Status add_ports(int ruleset, const std::vector<std::uint16_t>& ports, std::uint64_t right)
    {
        for (std::uint16_t port : ports) {
            const PortAttribute rule{right, port};
            if (syscall(__NR_landlock_add_rule, ruleset, rule_port, &rule, 0) != 0)
                return system_error("landlock rule for port " + std::to_string(port));
        }
        return {};
    }
};

Result<FileFence> FileFence::prepare(const std::vector<PathRule>& rules)
{
    FileFence fence;
    for (const auto& rule : rules) {
        OwnedFd fd{::open(rule.path.c_str(), O_PATH | O_CLOEXEC)};
        if (!fd && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) {
            fence.missing_.push_back(rule.path);
            continue;
        }
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0)
            return system_error("open " + rule.path);
        fence.places_.push_back({std::move(fd), rule.access, S_ISDIR(status.st_mode)});
    }
    return fence;
}

int landlock_abi()
{
    const long version = syscall(__NR_landlock_create_ruleset, nullptr, 0, ask_version);
    return version < 0 ? 0 : static_cast<int>(version);
}

Result<LandlockResult> restrict_reach(const FileFence& files, const PortFence& ports, int at_most)
{
    LandlockResult result;
    result.abi = std::min(landlock_abi(), at_most);
    if (result.abi <= 0) {
        result.abi = 0;
        return result;
    }
    RulesetAttribute attribute{};
    attribute.handled_files = files_of_version(result.abi);
    if (result.abi >= 4)
        attribute.handled_ports =
            (ports.bind_anywhere ? 0 : port_bind) | (ports.connect_anywhere ? 0 : port_connect);
    if (result.abi >= 6)
        attribute.scopes = scope_abstract_sockets | scope_signals;
    OwnedFd ruleset{
        static_cast<int>(syscall(__NR_landlock_create_ruleset, &attribute, attribute_size(result.abi), 0))};
    if (!ruleset)
        return system_error("landlock_create_ruleset");
    TRY(LandlockAccess::add_files(ruleset.get(), files, attribute.handled_files));
    if (attribute.handled_ports & port_connect)
        TRY(LandlockAccess::add_ports(ruleset.get(), ports.connect, port_connect));
    if (attribute.handled_ports & port_bind)
        TRY(LandlockAccess::add_ports(ruleset.get(), ports.bind, port_bind));
    if (syscall(__NR_landlock_restrict_self, ruleset.get(), 0) != 0)
        return system_error("landlock_restrict_self");
    result.files = true;
    result.ports = result.abi >= 4;
    result.scopes = result.abi >= 6;
    return result;
}

}
