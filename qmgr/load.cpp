#include "qmgr/load.h"

#include <sys/sysinfo.h>

namespace gp::qmgr {

std::int64_t load_average()
{
    struct sysinfo facts {};
    if (::sysinfo(&facts) != 0)
        return -1;
    return static_cast<std::int64_t>(facts.loads[0]) * 1000 / (1 << SI_LOAD_SHIFT);
}

bool load_exceeds(std::int64_t limit)
{
    return limit >= 0 && load_average() > limit;
}

}
