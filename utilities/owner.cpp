#include "utilities/owner.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/process/identity.h"

namespace gp::utilities {

Status become_owner_of_folder(const std::string& file)
{
    if (::geteuid() != 0)
        return {};
    const auto slash = file.rfind('/');
    const auto folder = slash == std::string::npos ? std::string(".") : file.substr(0, slash + 1);
    struct stat about{}, status{};
    if (::stat(folder.c_str(), &about) != 0)
        return system_error(folder);
    if (about.st_uid == 0)
        return {};
    process::Identity who{.uid = about.st_uid, .gid = about.st_gid, .groups = {about.st_gid}};
    // The group of a file of the owner's own; one that is another's link here gives nobody that other's group.
    if (::lstat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == about.st_uid && status.st_nlink == 1 &&
        status.st_gid != 0 && status.st_gid != about.st_gid)
        who.groups.push_back(status.st_gid);
    return process::become(who);
}

Status expect_own_file(const std::string& path)
{
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0)
        return system_error(path);
    if (!S_ISREG(status.st_mode))
        return permanent(path + " is no regular file: it is left alone");
    if (::geteuid() != 0 && status.st_uid != ::geteuid())
        return permanent(path + " belongs to user " + std::to_string(status.st_uid) + ", not to user " + std::to_string(::geteuid()) +
                         ", whose folder it lies in: it is left alone; give it its owner with chown, or remove it");
    return {};
}

}
