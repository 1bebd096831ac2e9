#include "cleanup/content.h"

#include "common/base/octets.h"
#include "common/process/memfd.h"

namespace gp::cleanup {
namespace {

constexpr std::size_t most_in_frame = 1024 * 1024;

}

Result<ipc::Fd> body_in_file(const Work& work)
{
    if (work.letter->is_large())
        return work.letter->file();
    if (work.letter->body().size() <= most_in_frame)
        return ipc::Fd{};
    ipc::Fd file{TRY(process::make_memfd("message"))};
    TRY(write_all(file.get(), work.letter->body(), "the copy of the message"));
    return file;
}

}
