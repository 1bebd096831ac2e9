#include "common/lookup/file_check.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/base/text.h"

namespace gp::lookup {

FileIdentity::FileIdentity(const struct stat& from)
    : device_(from.st_dev), inode_(from.st_ino), size_(static_cast<std::uint64_t>(from.st_size)),
      modified_(from.st_mtim.tv_sec), modified_ns_(from.st_mtim.tv_nsec), changed_(from.st_ctim.tv_sec),
      changed_ns_(from.st_ctim.tv_nsec)
{
}

FileIdentity FileIdentity::of(const std::string& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return {};
    return FileIdentity(status);
}

Result<OpenedFile> open_for_search(const std::string& path, std::string_view purpose, std::string_view driver)
{
    OpenedFile out;
    // Not blocking, for a FIFO must not hold the process up before it is refused.
    out.fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!out.fd)
        return temporary("failed to open " + path + " for " + std::string(purpose) + ": " + std::strerror(errno),
                         errno == ENOENT ? Cause::not_found : Cause::other);
    if (::fstat(out.fd.get(), &out.status) != 0)
        return system_error("fstat " + path);
    if (!S_ISREG(out.status.st_mode))
        return temporary(path + " is not a regular file (" + std::string(driver) + " lookup)");
    return out;
}

Result<std::string> read_whole(int fd, const std::string& path, std::int64_t largest)
{
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        return system_error("fstat " + path);
    if (status.st_size > largest)
        return temporary(path + " is too large: more than " + std::to_string(largest) + " octets", Cause::too_big);
    std::string out;
    out.resize(static_cast<std::size_t>(status.st_size) + 1); // one more, to see that it ends there
    std::size_t have = 0;
    while (true) {
        const auto got = ::read(fd, out.data() + have, out.size() - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error("read " + path);
        if (got == 0)
            break;
        have += static_cast<std::size_t>(got);
        if (have > static_cast<std::size_t>(largest))
            return temporary(path + " is too large: more than " + std::to_string(largest) + " octets",
                             Cause::too_big);
        if (have == out.size())
            out.resize(out.size() * 2);
    }
    out.resize(have);
    return out;
}

std::string taint_advice(std::string_view taint)
{
    struct Advice {
        std::string_view variable, instead;
    };
    // clang-format off
    static constexpr Advice table[] = {
        {"$local_part",                "$local_part_data, which a local_parts or check_local_user check sets"},
        {"$domain",                    "$domain_data, which a domains check sets"},
        {"$original_local_part",       "$local_part_data, or a look-up with ret=key"},
        {"$original_domain",           "$domain_data, or a look-up with ret=key"},
        {"$parent_local_part",         "a look-up with ret=key"},
        {"$parent_domain",             "a look-up with ret=key"},
        {"$local_part_prefix",         "a look-up with ret=key"},
        {"$local_part_suffix",         "a look-up with ret=key"},
        {"$sender_address",            "$sender_data, which a senders check sets"},
        {"$sender_address_domain",     "a look-up of it, or ${if inlist{..}{..}{$value}}"},
        {"$sender_address_local_part", "a look-up of it, or ${if inlist{..}{..}{$value}}"},
        {"$sender_host_name",          "$host_data, which a hosts check sets"},
    };
    // clang-format on
    for (const auto& row : table)
        if (row.variable == taint)
            return std::string(taint) + " comes from outside; use " + std::string(row.instead);
    if (taint.empty())
        return {};
    return std::string(taint) +
           " comes from outside; use what a look-up or ${if inlist{..}{..}{$value}} gives back for it";
}

Status check_clean(const Text& name, std::string_view what)
{
    if (!name.tainted())
        return {};
    return misconfigured("Tainted " + std::string(what) + ": '" + escape(name.text, true) + "' (" +
                         taint_advice(name.taint) + ")");
}

}
