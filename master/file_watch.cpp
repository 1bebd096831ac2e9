#include "master/file_watch.h"

#include <sys/stat.h>

#include <cstdint>

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::master {

FileWatch::FileWatch(std::string_view block, std::time_t read_from)
{
    auto parts = split(block, '\0');
    if (parts.empty())
        return;
    const auto seconds = parse_unsigned(parts.front());
    if (!seconds || *seconds == 0)
        return;
    for (const auto path : parts)
        if (path.starts_with('/'))
            paths_.emplace_back(path);
    if (paths_.empty())
        return;
    interval_ = std::chrono::seconds{*seconds};
    next_ = std::chrono::steady_clock::now() + interval_;
    known_ = look(read_from);
    seen_ = look();
}

std::string FileWatch::look(std::time_t read_from) const
{
    std::string out;
    for (const auto& path : paths_) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) {
            out += "-\n";
            continue;
        }
        // A date in the future says nothing about when it was written.
        if (read_from != 0 && status.st_mtim.tv_sec >= read_from && status.st_mtim.tv_sec <= std::time(nullptr)) {
            out += "?\n";
            continue;
        }
        for (const auto number : {static_cast<std::int64_t>(status.st_ino), static_cast<std::int64_t>(status.st_size),
                                  static_cast<std::int64_t>(status.st_mtim.tv_sec), static_cast<std::int64_t>(status.st_mtim.tv_nsec)})
            out += std::to_string(number) + " ";
        out += "\n";
    }
    return out;
}

bool FileWatch::has_changed(Time now)
{
    if (now < next_)
        return false;
    next_ = now + interval_;
    auto found = look();
    const bool is_settled = found == seen_;
    seen_ = std::move(found);
    if (!is_settled || seen_ == known_)
        return false;
    known_ = seen_;
    return true;
}

}
