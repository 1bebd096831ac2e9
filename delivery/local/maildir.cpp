#include "delivery/local/maildir.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/crc32c.h"
#include "common/base/octets.h"
#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "delivery/local/copy.h"
#include "delivery/local/maildir_size.h"

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

// Where the quota of a Maildir is kept: a folder's at its parent (manual 26.5).
std::string quota_place(const Job& job, const std::string& path)
{
    if (job.options.has("quota_directory"))
        return job.options.text("quota_directory");
    struct stat about {};
    if (::stat((path + "/maildirfolder").c_str(), &about) == 0)
        return path.substr(0, std::max<std::size_t>(1, path.rfind('/')));
    return path;
}

// What a delivery means for the quota: nothing, or a check before it and a line of maildirsize after it.
struct Account {
    std::optional<MaildirSize> size;
};

Result<Account> check_room(const Job& job, const std::string& path, const std::string& name)
{
    Account account;
    const auto quota = TRY(quota_of(job.options));
    const bool keeps_file = TRY(job.options.flag("maildir_use_size_file", false));
    if (quota.octets <= 0 && quota.files <= 0 && !keeps_file)
        return account;
    const auto rules = TRY(CountRules::read(job.options));
    const auto place = quota_place(job, path);
    const auto folder = path.substr(path.rfind('/') + 1);
    if (place != path && folder.starts_with('.') && !TRY(rules.directories.matches(folder)))
        return account; // a folder that does not count is not checked either
    Usage usage;
    if (keeps_file) {
        account.size = TRY(MaildirSize::open(place, {.octets = quota.octets, .files = quota.files}, rules));
        usage = account.size->usage();
    } else if (!job.options.has("mailbox_size") || !job.options.has("mailbox_filecount")) {
        usage = TRY(count_maildir(place, rules));
    }
    usage.octets = TRY(job.options.size("mailbox_size", usage.octets));
    usage.files = TRY(job.options.size("mailbox_filecount", usage.files));
    TRY(check_quota(job, usage, static_cast<std::int64_t>(copy_size(job)), "tmp/" + name));
    return account;
}

// How many octets were written.
Result<std::int64_t> write_file(const Job& job, const std::string& name)
{
    const auto mode = TRY(job.options.mode("mode", 0600));
    OwnedFd file{::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)};
    if (!file)
        return system_error("create " + name);
    const auto rules = TRY(copy_rules(job));
    std::int64_t written = 0;
    TRY(write_copy(job, rules, [&](std::string_view octets) {
        written += static_cast<std::int64_t>(octets.size());
        return write_all(file.get(), octets, name);
    }));
    if (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0)
        return system_error("sync " + name);
    return written;
}

// The tag may be expanded text; what could leave the directory is refused.
Result<std::string> tag_of(const Job& job, std::int64_t written)
{
    // router left a mark where $message_size stands: it is known only now (manual 26.6).
    auto tag = replace_all(job.options.text("maildir_tag"), router::size_mark, std::to_string(written));
    std::erase_if(tag, [](char c) { return !is_printable(c); });
    if (tag.empty())
        return tag;
    if (tag.find('/') != std::string::npos)
        return temporary("maildir_tag \"" + escape(tag) + "\" has a slash in it");
    return is_alnum(tag.front()) ? ":" + tag : tag;
}

// A folder says so by an empty file (manual 26.5, maildirfolder_create_regex).
Status mark_folder(const Job& job, const std::string& path)
{
    if (!job.options.has("maildirfolder_create_regex"))
        return {};
    const auto pattern = TRY(lookup::Regex::compile(job.options.text("maildirfolder_create_regex")));
    if (!TRY(pattern.matches(path)))
        return {};
    const auto name = path + "/maildirfolder";
    OwnedFd file{::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
    return file ? Status{} : Status{system_error("create " + name)};
}

// From tmp to new, with the tag if the name may be so long.
Status publish(const Job& job, const std::string& path, const std::string& name, std::int64_t written)
{
    const auto tmp = path + "/tmp/" + name;
    auto final_name = path + "/new/" + name + TRY(tag_of(job, written));
    if (::rename(tmp.c_str(), final_name.c_str()) == 0)
        return {};
    if (errno == ENAMETOOLONG && ::rename(tmp.c_str(), (path + "/new/" + name).c_str()) == 0)
        return {};
    return system_error("rename " + tmp + " to " + final_name);
}

Status deliver(const Job& job, const std::string& path)
{
    for (const char* folder : {"", "/tmp", "/new", "/cur"})
        TRY(ensure_directory(job, path + folder));
    TRY(mark_folder(job, path));
    const auto name = unique_name(job);
    if (job.request.uncertain && was_delivered(path, name))
        return {};
    auto account = TRY(check_room(job, path, name));
    const auto tmp = path + "/tmp/" + name;
    const auto written = write_file(job, tmp);
    auto done = written ? publish(job, path, name, *written) : Status{written.error()};
    if (!done) {
        ::unlink(tmp.c_str());
        return done;
    }
    if (account.size) // a line that is missing is found at the next count
        static_cast<void>(account.size->add(*written));
    return sync_directory(path + "/new");
}

}

delivery::Outcome deliver_to_maildir(const Job& job, const std::string& path)
{
    const auto done = deliver(job, path);
    return done ? delivered() : outcome_of(done.error(), Mailbox::maildir, path);
}

}
