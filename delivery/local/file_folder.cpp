#include "delivery/local/file_folder.h"

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
#include "delivery/local/quota_warning.h"

namespace gp::local {

Result<Usage> check_folder_room(const Job& job, const std::string& path)
{
    const auto quota = TRY(quota_of(job.options));
    Usage usage;
    if (quota.octets <= 0 && quota.files <= 0 && !job.options.has("quota_warn_threshold"))
        return usage;
    if (!job.options.has("mailbox_size") || !job.options.has("mailbox_filecount"))
        usage = TRY(count_tree(job.options.text("quota_directory", path), TRY(CountRules::read(job.options))));
    usage.octets = TRY(job.options.size("mailbox_size", usage.octets));
    usage.files = TRY(job.options.size("mailbox_filecount", usage.files));
    TRY(check_quota(job, usage, static_cast<std::int64_t>(copy_size(job)), path));
    return usage;
}

Status write_message_file(const Job& job, int file, const std::string& name, std::uint32_t mode)
{
    const auto rules = TRY(copy_rules(job));
    TRY(write_copy(job, rules, [&](std::string_view octets) { return write_all(file, octets, name); }));
    if (::fchmod(file, mode) != 0 || ::fsync(file) != 0)
        return system_error("sync " + name);
    return {};
}

namespace {

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

Status deliver(const Job& job, const std::string& path)
{
    TRY(check_place_for_creation(job, path)); // each delivery makes a file
    TRY(ensure_directory(job, path));
    const auto before = TRY(check_folder_room(job, path));
    const auto mode = TRY(job.options.mode("mode", 0600));
    const auto draft = path + "/temp." + std::to_string(::getpid()) + "." + job.request.id;
    OwnedFd file{::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)};
    struct stat about {};
    if (!file || ::fstat(file.get(), &about) != 0)
        return system_error("create " + draft);
    auto done = write_message_file(job, file.get(), draft, mode);
    auto name = final_name(job, about.st_ino);
    if (done && !name)
        done = name.error();
    if (done && ::rename(draft.c_str(), (path + "/" + *name).c_str()) != 0)
        done = system_error("rename " + draft + " to " + *name);
    if (!done) {
        ::unlink(draft.c_str());
        return done;
    }
    TRY(sync_directory(path));
    warn_when_crossed(job, before, static_cast<std::int64_t>(copy_size(job)));
    return {};
}

}

delivery::Outcome deliver_to_folder(const Job& job, const std::string& path)
{
    const auto done = deliver(job, path);
    return done ? delivered() : outcome_of(done.error());
}

}
