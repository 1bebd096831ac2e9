#include "common/process/handed_on.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <vector>

namespace gp::process {

void settle_inheritance()
{
    int fd = -1;
    do
        fd = ::open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        ::close(fd);
    std::signal(SIGCHLD, SIG_DFL);
}

void close_all_but(std::span<const int> kept)
{
    std::vector<int> sorted(kept.begin(), kept.end());
    std::ranges::sort(sorted);
    unsigned first = STDERR_FILENO + 1;
    for (const int fd : sorted) {
        if (fd < static_cast<int>(first))
            continue;
        if (fd > static_cast<int>(first))
            ::close_range(first, static_cast<unsigned>(fd) - 1, 0);
        first = static_cast<unsigned>(fd) + 1;
    }
    ::close_range(first, ~0u, 0);
}

}
