#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/base/encoding.h"
#include "common/base/octets.h"
#include "common/base/random.h"
#include "common/spool/fields.h"
#include "master/sendmail/send.h"

namespace gp::sendmail {
namespace {

constexpr std::uint64_t most_octets = 1024ull * 1024 * 1024; // nobody tells us the limit while the suite is down
constexpr std::string_view target = "the drop directory";

Status write_message(int file, const Options& options, MessageSource& input)
{
    std::string head; // it may be a later release that reads it
    spool::write_fields(head, options.letter);
    if (head.size() > submit::Letter::max_size)
        return permanent("too many recipients");
    std::array<char, 4> length{};
    for (std::size_t i = 0; i < 4; ++i)
        length[i] = static_cast<char>((head.size() >> (8 * i)) & 0xff);
    TRY(write_all(file, submit::drop_magic, target));
    TRY(write_all(file, {length.data(), length.size()}, target));
    TRY(write_all(file, head, target));
    for (std::uint64_t octets = 0;;) {
        const auto piece = TRY(input.read());
        if (piece.empty())
            return {};
        octets += piece.size();
        if (octets > most_octets)
            return permanent("the message is larger than 1G");
        TRY(write_all(file, piece, target));
    }
}

std::string random_name()
{
    std::array<char, 16> bytes{};
    random_bytes(bytes);
    return hex_encode({bytes.data(), bytes.size()});
}

}

// An unnamed file, complete and synced, gets its name last; the directory cannot be opened by us, so the
// whole file system is synced for the name.
Status leave_in_drop(const Options& options, const Instance& instance, MessageSource& source)
{
    const auto directory = instance.drop();
    if (options.letter.recipients.empty() && !options.letter.extract_recipients)
        return permanent("no recipients");
    OwnedFd file{::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0640)};
    if (!file && errno == EACCES) // the caller may not see the configuration that says so
        return permanent("nothing may be left in " + directory + " for later, as with mua_wrapper");
    if (!file)
        return system_error("make a file in " + directory);
    TRY(write_message(file.get(), options, source));
    if (::fchmod(file.get(), 0640) != 0 || ::fsync(file.get()) != 0)
        return system_error("sync a file in " + directory);
    const auto name = directory + "/" + random_name();
    const auto self = "/proc/self/fd/" + std::to_string(file.get());
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
        return system_error("name a file in " + directory);
    if (::syncfs(file.get()) != 0)
        return system_error("sync " + directory);
    return {};
}

}
