// dsearch: is there an entry of that name in a directory? (manual 9.3). The usual way to make a stranger's
// word a clean one: what comes back is a name that the directory has.

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/base/text.h"
#include "common/lookup/file_check.h"
#include "common/lookup/lookup.h"

namespace gp::lookup {
namespace {

bool passes(std::string_view filter, const struct stat& status, std::string_view key)
{
    if (filter == "file")
        return S_ISREG(status.st_mode);
    if (filter == "dir")
        return S_ISDIR(status.st_mode);
    if (filter == "subdir")
        return S_ISDIR(status.st_mode) && key != "." && key != "..";
    return true;
}

// key=path (Exim 4.98): a name of several parts, each of which leads down.
bool leads_down(std::string_view key)
{
    return std::ranges::none_of(split(key, '/'), [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

class Directory final : public Source {
public:
    explicit Directory(std::string path) : path_(std::move(path)) {}

    Result<Answer> find(const Question& question) override
    {
        const bool is_path = question.options.get("key") == "path";
        if (is_path && !leads_down(question.key))
            return Answer::none();
        if (!is_path && question.key.find('/') != std::string_view::npos)
            return temporary("key for dsearch lookup contains a slash: " + std::string(question.key));
        if (question.key.find('\0') != std::string_view::npos)
            return Answer::none();
        const std::string entry = path_ + '/' + std::string(question.key);
        struct stat status {};
        if (::lstat(entry.c_str(), &status) != 0) {
            if (errno == ENOENT || errno == ENAMETOOLONG || (is_path && errno == ENOTDIR))
                return Answer::none();
            return temporary(entry + ": lstat: " + std::strerror(errno));
        }
        if (!passes(question.options.get("filter"), status, question.key))
            return Answer::none();
        return Answer::with(question.options.get("ret") == "full" ? entry : std::string(question.key));
    }

private:
    std::string path_;
};

Result<std::unique_ptr<Source>> open(const Environment&, const std::string& path)
{
    struct stat status {};
    int why = 0;
    if (!path.starts_with('/'))
        why = ENOENT;
    else if (::stat(path.c_str(), &status) != 0)
        why = errno;
    else if (!S_ISDIR(status.st_mode))
        why = ENOTDIR;
    if (why != 0)
        return temporary("failed to open " + path + " for directory search: " + std::strerror(why),
                         why == ENOENT ? Cause::not_found : Cause::other);
    return std::unique_ptr<Source>(std::make_unique<Directory>(path));
}

const RegisterLookup self{{
    .name = "dsearch",
    .style = Style::directory,
    .open = open,
    .doc = "An entry of a directory; ret=full gives its path, filter=file|dir|subdir wants a kind, key=path takes a name with slashes that leads down.",
}};

}
}
