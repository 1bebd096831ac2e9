#include "common/acl/acl_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "common/base/owned_fd.h"
#include "common/base/text.h"

namespace gp::acl {
namespace {

Result<std::string> text_in(const OwnedFd& file, const std::string& name)
{
    std::string text;
    for (std::array<char, 16 * 1024> block{};;) {
        const auto octets = ::read(file.get(), block.data(), block.size());
        if (octets < 0)
            return system_error("failed to read ACL file \"" + escape(name) + "\"");
        if (octets == 0)
            return text;
        text.append(block.data(), static_cast<std::size_t>(octets));
        if (text.size() > AclFiles::most_octets)
            return misconfigured("ACL file \"" + escape(name) + "\" is too large");
    }
}

bool is_same(const struct ::stat& a, const struct ::stat& b)
{
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
           a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec &&
           a.st_ctim.tv_sec == b.st_ctim.tv_sec && a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

}

std::vector<std::string> logical_lines(std::string_view text)
{
    std::vector<std::string> lines;
    bool goes_on = false;
    for (std::string_view line : split(text, '\n')) {
        line = trim(line);
        if (line.starts_with('#'))
            continue;
        const bool continues = line.ends_with('\\');
        if (continues)
            line.remove_suffix(1);
        if (goes_on)
            lines.back() += line;
        else
            lines.emplace_back(line);
        goes_on = continues;
    }
    return lines;
}

Result<std::shared_ptr<const Acl>> AclFiles::at(const std::string& name, const Parse& parse)
{
    const OwnedFd file{::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
    Known now;
    if (!file || ::fstat(file.get(), &now.status) != 0)
        return system_error("failed to open ACL file \"" + escape(name) + "\"");
    const auto found = known_.find(name);
    if (found != known_.end() && is_same(found->second.status, now.status))
        return found->second.acl;
    now.acl = std::make_shared<const Acl>(TRY(parse(name, TRY(text_in(file, name)))));
    if (known_.size() >= most_known)
        known_.clear();
    known_.insert_or_assign(name, now);
    return now.acl;
}

}
