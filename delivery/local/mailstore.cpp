#include "delivery/local/mailstore.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/base/encoding.h"
#include "common/base/octets.h"
#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "delivery/local/copy.h"
#include "delivery/local/file_folder.h"
#include "delivery/local/quota_warning.h"

namespace gp::local {
namespace {

// One of our texts in the envelope file; router left a mark where the name of the files belongs.
std::string own_text(const Job& job, std::string_view option, const std::string& base)
{
    auto text = replace_all(job.options.text(option), router::basename_mark, base);
    if (!text.empty() && !text.ends_with('\n'))
        text += '\n';
    return text;
}

std::string envelope(const Job& job, const std::string& base)
{
    auto text = own_text(job, "mailstore_prefix", base) + job.request.sender + "\n";
    for (const auto& target : job.request.targets)
        text += target.address + "\n";
    return text + own_text(job, "mailstore_suffix", base);
}

Result<OwnedFd> created(const std::string& name, std::uint32_t mode)
{
    OwnedFd file{::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)};
    if (!file)
        return system_error("while creating file " + name);
    return file;
}

Status write_envelope(const Job& job, const std::string& base, std::uint32_t mode)
{
    const auto name = base + ".tmp";
    const auto file = TRY(created(name, mode));
    TRY(write_all(file.get(), envelope(job, base), name));
    if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0)
        return system_error("sync " + name);
    return {};
}

// Readers wait for both files: the envelope gets its name when the message is complete.
Status write_pair(const Job& job, const std::string& base)
{
    const auto mode = TRY(job.options.mode("mode", 0600));
    TRY(write_envelope(job, base, mode));
    const auto message = TRY(created(base + ".msg", mode));
    TRY(write_message_file(job, message.get(), base + ".msg", mode));
    if (::rename((base + ".tmp").c_str(), (base + ".env").c_str()) != 0)
        return system_error("rename " + base + ".tmp");
    return {};
}

// The message's id and the process; one that delivers a message to a directory twice counts on.
std::string new_base(const Job& job, const std::string& path)
{
    constexpr std::uint64_t most = 10'000;
    std::string base;
    for (auto number = static_cast<std::uint64_t>(::getpid()), end = number + most; number < end; ++number) {
        base = path + "/" + job.request.id + "-" + base62_encode(number, 6);
        constexpr std::array endings = {".tmp", ".msg", ".env"};
        if (std::ranges::none_of(endings, [&](const char* ending) { return ::access((base + ending).c_str(), F_OK) == 0; }))
            break;
    }
    return base;
}

Status deliver(const Job& job, const std::string& path)
{
    TRY(check_place_for_creation(job, path)); // each delivery makes files
    TRY(ensure_directory(job, path));
    const auto before = TRY(check_folder_room(job, path));
    const auto base = new_base(job, path);
    if (const auto done = write_pair(job, base); !done) {
        for (const auto* ending : {".tmp", ".msg"})
            ::unlink((base + ending).c_str());
        return done;
    }
    TRY(sync_directory(path));
    warn_when_crossed(job, before, static_cast<std::int64_t>(copy_size(job)));
    return {};
}

}

delivery::Outcome deliver_to_mailstore(const Job& job, const std::string& path)
{
    const auto done = deliver(job, path);
    return done ? delivered() : outcome_of(done.error());
}

}
