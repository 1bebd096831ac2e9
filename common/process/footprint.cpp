#include "common/process/footprint.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace gp::process {
namespace {

// Nobody can have written to a segment that is mapped without the right to write: its pages are the file's.
int drop_read_only_segments(dl_phdr_info* object, std::size_t, void*)
{
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W))
            continue;
        const auto start = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
        const auto end = (object->dlpi_addr + segment.p_vaddr + segment.p_memsz) & ~(page - 1);
        if (start < end)
            ::madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
    }
    return 0;
}

}

void give_back_memory()
{
    ::malloc_trim(0);
    ::dl_iterate_phdr(drop_read_only_segments, nullptr);
}

}
