#include "common/event/detail/stack.h"

#include <sys/mman.h>
#include <unistd.h>

namespace gp::event {
namespace {

std::size_t page_size()
{
    static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

}

std::optional<Stack> Stack::map(std::size_t size)
{
    const auto page = page_size();
    size = (size + page - 1) / page * page;
    void* base = ::mmap(nullptr, size + page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return std::nullopt;
    if (::mprotect(base, page, PROT_NONE) != 0) {
        ::munmap(base, size + page);
        return std::nullopt;
    }
    return Stack{static_cast<char*>(base) + page, size};
}

void Stack::unmap()
{
    const auto page = page_size();
    ::munmap(lowest - page, size + page);
    lowest = nullptr;
}

}
