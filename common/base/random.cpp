#include "common/base/random.h"

#include <sys/random.h>

#include <cerrno>

#include "common/base/result.h"

namespace gp {

void random_bytes(std::span<char> into)
{
    while (!into.empty()) {
        const auto got = ::getrandom(into.data(), into.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            panic("the kernel gives random bytes");
        into = into.subspan(static_cast<std::size_t>(got));
    }
}

std::uint64_t random_number()
{
    std::uint64_t number;
    random_bytes({reinterpret_cast<char*>(&number), sizeof number});
    return number;
}

}
