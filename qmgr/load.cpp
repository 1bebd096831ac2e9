#include "qmgr/load.h"

#include <sys/stat.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <string_view>

namespace gp::qmgr {

std::int64_t load_average()
{
    struct sysinfo facts {};
    if (::sysinfo(&facts) != 0)
        return -1;
    return static_cast<std::int64_t>(facts.loads[0]) * 1000 / (1 << SI_LOAD_SHIFT);
}

bool is_asked_by_file(const std::vector<std::string>& files, Queues what)
{
    constexpr std::string_view prefix = "smtp";
    return std::ranges::any_of(files, [&](const std::string& file) {
        const bool is_smtp = file.starts_with(prefix);
        struct stat about {};
        return is_smtp == (what == Queues::smtp) && ::stat(file.c_str() + (is_smtp ? prefix.size() : 0), &about) == 0;
    });
}

bool load_exceeds(std::int64_t limit)
{
    return limit >= 0 && load_average() > limit;
}

}
