#include "delivery/local/file_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "common/base/encoding.h"
#include "common/base/octets.h"
#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "delivery/local/copy.h"
#include "delivery/local/mailbox.h"
#include "delivery/local/maildir_size.h"

namespace gp::local {
namespace {

constexpr unsigned deepest_folder = 20; // counted for a quota

// Everything below a directory.
Status count_tree(const std::string& path, const CountRules& rules, Usage& usage, unsigned depth)
{
    DIR* directory = ::opendir(path.c_str());
    if (!directory || depth > deepest_folder) {
        if (directory)
            ::closedir(directory);
        return {};
    }
    std::vector<std::string> below;
    Status result;
    while (const dirent* entry = ::readdir(directory)) {
        const std::string name = entry->d_name;
        struct stat about {};
        if (name == "." || name == ".." || ::lstat((path + "/" + name).c_str(), &about) != 0)
            continue;
        if (S_ISDIR(about.st_mode))
            below.push_back(name);
        else if (S_ISREG(about.st_mode))
            result = count_file(path, name, rules, usage);
        if (!result)
            break;
    }
    ::closedir(directory);
    for (const auto& name : below)
        if (result)
            result = count_tree(path + "/" + name, rules, usage, depth + 1);
    return result;
}

Status check_room(const Job& job, const std::string& path)
{
    const auto quota = TRY(quota_of(job.options));
    if (quota.octets <= 0 && quota.files <= 0)
        return {};
    Usage usage;
    if (!job.options.has("mailbox_size") || !job.options.has("mailbox_filecount"))
        TRY(count_tree(job.options.text("quota_directory", path), TRY(CountRules::read(job.options)), usage, 0));
    usage.octets = TRY(job.options.size("mailbox_size", usage.octets));
    usage.files = TRY(job.options.size("mailbox_filecount", usage.files));
    return check_quota(job, usage, static_cast<std::int64_t>(copy_size(job)), path);
}

// directory_file, with the inode where router left a mark for it.
Result<std::string> final_name(const Job& job, std::uint64_t inode)
{
    const auto name = replace_all(job.options.text("directory_file", std::string("q") +
                                                   base62_encode(static_cast<std::uint64_t>(std::time(nullptr)), 6) + "-" +
                                                   std::string(router::inode_mark)),
                                  router::inode_mark, std::to_string(inode));
    if (name.empty() || name.find('/') != std::string::npos || name == "." || name == "..")
        return temporary("directory_file yields \"" + escape(name) + "\", which is no name of a file");
    return name;
}

Status write_copy_to(const Job& job, int file, const std::string& name, std::uint32_t mode)
{
    const auto rules = TRY(copy_rules(job));
    TRY(write_copy(job, rules, [&](std::string_view octets) { return write_all(file, octets, name); }));
    if (::fchmod(file, mode) != 0 || ::fsync(file) != 0)
        return system_error("sync " + name);
    return {};
}

Status deliver(const Job& job, const std::string& path)
{
    TRY(ensure_directory(job, path));
    TRY(check_room(job, path));
    const auto mode = TRY(job.options.mode("mode", 0600));
    const auto draft = path + "/temp." + std::to_string(::getpid()) + "." + job.request.id;
    OwnedFd file{::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)};
    struct stat about {};
    if (!file || ::fstat(file.get(), &about) != 0)
        return system_error("create " + draft);
    auto done = write_copy_to(job, file.get(), draft, mode);
    auto name = final_name(job, about.st_ino);
    if (done && !name)
        done = name.error();
    if (done && ::rename(draft.c_str(), (path + "/" + *name).c_str()) != 0)
        done = system_error("rename " + draft + " to " + *name);
    if (!done) {
        ::unlink(draft.c_str());
        return done;
    }
    return sync_directory(path);
}

}

delivery::Outcome deliver_to_folder(const Job& job, const std::string& path)
{
    const auto done = deliver(job, path);
    return done ? delivered() : outcome_of(done.error());
}

}
