#include "delivery/local/sync_together.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace gp::local {
namespace {

constexpr std::size_t stack_size = 64 * 1024;

struct Work {
    const std::vector<int>& files;
    std::vector<int> failures;
    std::atomic<std::size_t> next{0};
};

// Takes one file after the other. Allocates nothing: a thread that does gets an arena of its own.
void* sync_some(void* argument)
{
    auto& work = *static_cast<Work*>(argument);
    for (auto at = work.next++; at < work.files.size(); at = work.next++)
        if (work.files[at] >= 0 && ::fsync(work.files[at]) != 0)
            work.failures[at] = errno;
    return nullptr;
}

}

std::vector<int> sync_together(const std::vector<int>& files, std::uint32_t most)
{
    Work work{.files = files, .failures = std::vector<int>(files.size())};
    const auto at_once = std::min<std::size_t>(std::max(1u, most), files.size());
    std::vector<pthread_t> helpers;
    helpers.reserve(at_once);
    pthread_attr_t attributes;
    if (at_once > 1 && ::pthread_attr_init(&attributes) == 0) {
        ::pthread_attr_setstacksize(&attributes, stack_size);
        for (pthread_t thread; helpers.size() + 1 < at_once && ::pthread_create(&thread, &attributes, sync_some, &work) == 0;)
            helpers.push_back(thread);
        ::pthread_attr_destroy(&attributes);
    }
    sync_some(&work);
    for (const auto helper : helpers)
        ::pthread_join(helper, nullptr);
    return std::move(work.failures);
}

}
