#include "delivery/local/maildir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/crc32c.h"
#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "delivery/local/copy.h"

namespace gp::local {
namespace {

constexpr std::size_t most_entries = 10'000'000; // looked at for a quota

std::string unique_name(const Job& job)
{
    std::string host = job.parameters.primary_hostname;
    for (char& c : host)
        if (c == '/' || c == ':' || !is_printable(c))
            c = '_';
    std::string recipients;
    for (const auto& target : job.request.targets)
        recipients += target.unique + "\n";
    return std::to_string(job.request.received / 1'000'000) + ".M" + std::to_string(job.request.received % 1'000'000) + "I" +
           job.request.id + "R" + std::to_string(crc32c(recipients)) + "." + host;
}

// Calls `with` for each name of a directory; a directory that is not there has none.
template <class F>
Status each_name(const std::string& path, const F& with)
{
    DIR* directory = ::opendir(path.c_str());
    if (!directory)
        return errno == ENOENT ? Status{} : Status{system_error("open " + path)};
    std::size_t count = 0;
    while (const dirent* entry = ::readdir(directory)) {
        if (entry->d_name[0] != '.' || std::string_view(entry->d_name).size() > 2)
            with(std::string_view(entry->d_name));
        if (++count > most_entries)
            break;
    }
    ::closedir(directory);
    return {};
}

bool was_delivered(const std::string& path, const std::string& name)
{
    bool found = false;
    for (const char* folder : {"/new", "/cur"})
        static_cast<void>(each_name(path + folder, [&](std::string_view entry) { found |= entry.starts_with(name); }));
    return found;
}

// ",S=4711": the size in a name, as Courier, Dovecot and Exim's maildir_tag write it; else the file's.
std::int64_t size_of(const std::string& folder, std::string_view name)
{
    if (const auto at = name.find(",S="); at != std::string_view::npos) {
        std::int64_t size = 0;
        for (char c : name.substr(at + 3)) {
            if (!is_digit(c) || size > 1'000'000'000'000'000)
                break;
            size = size * 10 + (c - '0');
        }
        if (size > 0)
            return size;
    }
    struct stat about {};
    return ::stat((folder + "/" + std::string(name)).c_str(), &about) == 0 ? about.st_size : 0;
}

// The Maildir itself and its Maildir++ folders (".Sent").
Result<Usage> usage_of(const std::string& path)
{
    Usage usage;
    std::vector<std::string> places = {path};
    TRY(each_name(path, [&](std::string_view name) {
        if (name.starts_with('.') && name != "." && name != "..")
            places.push_back(path + "/" + std::string(name));
    }));
    for (const auto& place : places)
        for (const char* folder : {"/new", "/cur"})
            TRY(each_name(place + folder, [&](std::string_view name) {
                usage.octets += size_of(place + folder, name);
                ++usage.files;
            }));
    return usage;
}

Status check_room(const Job& job, const std::string& path)
{
    const auto quota = TRY(job.options.size("quota", 0));
    const auto files = TRY(job.options.size("quota_filecount", 0));
    if (quota <= 0 && files <= 0)
        return {};
    Usage usage;
    if (job.options.has("mailbox_size"))
        usage = {.octets = TRY(job.options.size("mailbox_size", 0)), .files = TRY(job.options.size("mailbox_filecount", 0))};
    else
        usage = TRY(usage_of(job.options.text("quota_directory", path)));
    return check_quota(job, usage, static_cast<std::int64_t>(copy_size(job)));
}

Status write_file(const Job& job, const std::string& name)
{
    const auto mode = TRY(job.options.mode("mode", 0600));
    OwnedFd file{::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)};
    if (!file)
        return system_error("create " + name);
    const auto rules = TRY(copy_rules(job));
    TRY(write_copy(job, rules, [&](std::string_view octets) { return write_all(file.get(), octets, name); }));
    if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0)
        return system_error("sync " + name);
    return {};
}

// The tag may be expanded text; what could leave the directory is refused.
Result<std::string> tag_of(const Job& job)
{
    const auto tag = job.options.text("maildir_tag");
    if (tag.empty())
        return tag;
    if (tag.find('/') != std::string::npos)
        return temporary("maildir_tag \"" + escape(tag) + "\" has a slash in it");
    return is_alnum(tag.front()) ? ":" + tag : tag;
}

Status deliver(const Job& job, const std::string& path)
{
    for (const char* folder : {"", "/tmp", "/new", "/cur"})
        TRY(ensure_directory(job, path + folder));
    const auto name = unique_name(job);
    if (job.request.uncertain && was_delivered(path, name))
        return {};
    TRY(check_room(job, path));
    const auto tmp = path + "/tmp/" + name;
    auto written = write_file(job, tmp);
    if (written) {
        const auto final_name = path + "/new/" + name + TRY(tag_of(job));
        if (::rename(tmp.c_str(), final_name.c_str()) != 0)
            written = system_error("rename " + tmp + " to " + final_name);
    }
    if (!written) {
        ::unlink(tmp.c_str());
        return written;
    }
    return sync_directory(path + "/new");
}

}

delivery::Outcome deliver_to_maildir(const Job& job, const std::string& path)
{
    const auto done = deliver(job, path);
    return done ? delivered() : outcome_of(done.error());
}

}
