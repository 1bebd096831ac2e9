#include "delivery/local/file_format.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "common/config/list.h"

namespace gp::local {
namespace {

constexpr std::size_t longest_beginning = 1024;

// Nothing of a file that is not there.
Result<std::string> beginning_of(const Job& job, const std::string& path)
{
    const bool follows = TRY(job.options.flag("allow_symlink", false));
    OwnedFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | (follows ? 0 : O_NOFOLLOW))};
    if (!file && (errno == ENOENT || errno == ELOOP)) // of a link the delivery itself says what is wrong
        return std::string{};
    std::string text(longest_beginning, '\0');
    const auto got = file ? ::read(file.get(), text.data(), text.size()) : -1;
    if (got < 0 && errno != ESPIPE && errno != EAGAIN)
        return system_error("read mailbox " + path);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
    return text;
}

}

Result<std::string> transport_of_format(const Job& job, const std::string& path)
{
    const auto& own = job.instruction().transport;
    const auto beginning = TRY(beginning_of(job, path));
    if (beginning.empty())
        return own;
    const auto pairs = config::split_list(job.options.text("file_format"));
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
        if (!beginning.starts_with(pairs[i]))
            continue;
        const auto& others = job.instruction().formats;
        if (pairs[i + 1] != own && std::ranges::find(others, pairs[i + 1], &router::Delivery::transport) == others.end())
            return temporary(pairs[i + 1] + " transport (for " + escape(pairs[i]) + " format) not found", Cause::not_found);
        return pairs[i + 1];
    }
    return temporary("mailbox file format unrecognized", Cause::refused);
}

}
