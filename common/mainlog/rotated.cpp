#include "common/mainlog/rotated.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "common/base/text.h"
#include "common/config/list.h"

namespace gp::mainlog {
namespace {

struct Found {
    std::string path;
    timespec changed;
};

}

std::string path_form(std::string_view log_file_path, const std::string& spool_directory)
{
    const auto built_in = spool_directory + "/log/%slog";
    std::string path;
    bool has_syslog = false;
    for (const auto& item : config::split_list(replace_all(std::string(log_file_path), "$spool_directory", spool_directory)))
        if (item == "syslog" || item == "journald")
            has_syslog = true;
        else
            path = item.empty() ? built_in : item;
    return path.empty() && !has_syslog ? built_in : path;
}

Result<std::vector<std::string>> rotated_files(std::string form, std::string_view log)
{
    form = replace_all(form, "%s", log);
    const auto slash = form.rfind('/');
    const auto folder = form.substr(0, slash);
    // A name with the date in it (%D, %M) is known up to that.
    auto prefix = form.substr(slash + 1);
    prefix.resize(std::min(prefix.find('%'), prefix.size()));
    const std::unique_ptr<DIR, int (*)(DIR*)> directory{::opendir(folder.c_str()), &::closedir};
    if (!directory)
        return system_error(folder);
    std::vector<Found> found;
    while (const auto* entry = ::readdir(directory.get())) {
        struct stat status {};
        const auto path = folder + "/" + entry->d_name;
        if (std::string_view(entry->d_name).starts_with(prefix) && ::stat(path.c_str(), &status) == 0 &&
            S_ISREG(status.st_mode))
            found.push_back({path, status.st_mtim});
    }
    std::ranges::sort(found, [](const Found& a, const Found& b) {
        return std::pair(a.changed.tv_sec, a.changed.tv_nsec) < std::pair(b.changed.tv_sec, b.changed.tv_nsec);
    });
    std::vector<std::string> paths;
    for (auto& one : found)
        paths.push_back(std::move(one.path));
    return paths;
}

}
