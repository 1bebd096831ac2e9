#include "delivery/local/user_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/octets.h"
#include "common/base/owned_fd.h"
#include "common/lookup/file_check.h"

namespace gp::local {
namespace {

using launcher::FileQuestion;
using launcher::FileReply;

FileReply failed_with(int error)
{
    FileReply reply;
    reply.error = error ? static_cast<std::uint32_t>(error) : EIO;
    return reply;
}

// Who misses a file asks next whether its folder is there (manual 22.7, ignore_enotdir).
FileReply missing(const std::string& path, int error)
{
    auto reply = failed_with(error);
    struct stat folder {};
    if (error == ENOENT && ::stat((path.substr(0, path.rfind('/') + 1) + ".").c_str(), &folder) != 0)
        reply.folder_error = static_cast<std::uint32_t>(errno);
    return reply;
}

void tell(const struct stat& found, FileReply& reply)
{
    reply.is_irregular = !S_ISREG(found.st_mode);
    reply.mode = found.st_mode;
    reply.inode = found.st_ino;
    reply.device = found.st_dev;
    reply.links = found.st_nlink;
    reply.uid = found.st_uid;
    reply.gid = found.st_gid;
    reply.size = static_cast<std::uint64_t>(found.st_size);
    reply.accessed = found.st_atim.tv_sec;
    reply.modified = found.st_mtim.tv_sec;
    reply.changed = found.st_ctim.tv_sec;
}

FileReply read_it(const FileQuestion& question, FileReply reply)
{
    // Without O_NONBLOCK a FIFO that has taken the file's place since would hold us.
    const OwnedFd fd(::open(question.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat found {};
    if (!fd || ::fstat(fd.get(), &found) != 0)
        return failed_with(errno);
    tell(found, reply);
    if (reply.is_irregular)
        return reply;
    auto content = lookup::read_whole(fd.get(), question.path, static_cast<std::int64_t>(question.largest));
    if (!content && content.error().cause != Cause::too_big)
        return failed_with(errno);
    reply.is_too_big = !content;
    if (content)
        reply.content = std::move(*content);
    return reply;
}

FileReply append_to(const FileQuestion& question)
{
    const OwnedFd fd(::open(question.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, question.mode));
    struct stat found {};
    if (!fd || ::fstat(fd.get(), &found) != 0)
        return failed_with(errno);
    FileReply reply;
    tell(found, reply);
    if (!reply.is_irregular && !write_all(fd.get(), question.text, question.path))
        return failed_with(errno);
    return reply;
}

}

FileReply look_at(const FileQuestion& question)
{
    if (question.kind == FileQuestion::Kind::append)
        return append_to(question);
    struct stat found {};
    if (::stat(question.path.c_str(), &found) != 0)
        return missing(question.path, errno);
    FileReply reply;
    tell(found, reply);
    reply.may_read = ::access(question.path.c_str(), R_OK) == 0;
    // What is no file is not even opened: that alone can rewind a tape.
    return question.kind == FileQuestion::Kind::look || reply.is_irregular ? reply : read_it(question, std::move(reply));
}

}
