#include "delivery/local/maildir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "common/base/crc32c.h"
#include "common/base/octets.h"
#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "delivery/local/copy.h"
#include "delivery/local/directory.h"
#include "delivery/local/maildir_size.h"
#include "delivery/local/quota_warning.h"
#include "delivery/local/sync_together.h"

namespace gp::local {
namespace {

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

bool was_delivered(const std::string& path, const std::string& name)
{
    bool found = false;
    for (const char* folder : {"/new", "/cur"})
        static_cast<void>(each_entry(path + folder, [&](std::string_view entry) {
            found |= entry.starts_with(name);
            return Status{};
        }));
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
    Usage before = {};
    bool is_counted = false;
};

Result<Account> check_room(const Job& job, const std::string& path, const std::string& name)
{
    Account account;
    const auto quota = TRY(quota_of(job.options));
    const bool keeps_file = TRY(job.options.flag("maildir_use_size_file", false));
    if (quota.octets <= 0 && quota.files <= 0 && !keeps_file && !job.options.has("quota_warn_threshold"))
        return account;
    const auto rules = TRY(CountRules::read(job.options));
    const auto place = quota_place(job, path);
    const auto folder = path.substr(path.rfind('/') + 1);
    if (place != path && folder.starts_with('.') && !TRY(rules.directories.matches(folder)))
        return account; // a folder that does not count is not checked either
    Usage usage;
    struct stat about {};
    if (job.only_room && ::stat(place.c_str(), &about) != 0 && errno == ENOENT) {
        // a mailbox that is still to be made
    } else if (keeps_file && !job.only_room) { // a question writes nothing
        account.size = TRY(MaildirSize::open(place, {.octets = quota.octets, .files = quota.files}, rules, static_cast<std::int64_t>(copy_size(job))));
        usage = account.size->usage();
    } else if (keeps_file || !job.options.has("mailbox_size") || !job.options.has("mailbox_filecount")) {
        usage = TRY(count_tree(place, rules));
    }
    usage.octets = TRY(job.options.size("mailbox_size", usage.octets));
    usage.files = TRY(job.options.size("mailbox_filecount", usage.files));
    account.before = usage;
    account.is_counted = true;
    TRY(check_quota(job, usage, static_cast<std::int64_t>(copy_size(job)), "tmp/" + name));
    return account;
}

// A message in tmp, on its way.
struct Draft {
    const Job* job = nullptr;
    std::string name, tmp; // the latter empty: it was delivered before
    OwnedFd file;
    std::int64_t written = 0;
    Account account;
    Status status;
};

Status write_file(const Job& job, Draft& draft)
{
    const auto& name = draft.tmp;
    const auto mode = TRY(job.options.mode("mode", 0600));
    draft.file.reset(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!draft.file)
        return system_error("create " + name);
    const auto rules = TRY(copy_rules(job));
    TRY(write_copy(job, rules, [&](std::string_view octets) {
        draft.written += static_cast<std::int64_t>(octets.size());
        return write_all(draft.file.get(), octets, name);
    }));
    // The umask left what the user may do; a file that was there before has the mode that it had.
    const bool has_its_mode = (mode & ~0700u) == 0 && !job.request.uncertain;
    return has_its_mode || ::fchmod(draft.file.get(), mode) == 0 ? Status{} : Status{system_error("change mode of " + name)};
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

// The directories, as this job's options have them.
Status prepare_place(const Job& job, const std::string& path)
{
    TRY(check_place_for_creation(job, path)); // each delivery makes a file
    for (const char* folder : {"", "/tmp", "/new", "/cur"})
        TRY(ensure_directory(job, path + folder));
    return mark_folder(job, path);
}

// What prepare_place depends on, beside the user and the path.
std::string place_rules(const Job& job)
{
    std::string text;
    for (const auto* option : {"create_file", "create_directory", "directory_mode", "maildirfolder_create_regex"})
        text += (job.options.has(option) ? "=" + job.options.text(option) : "") + "\n";
    return text;
}

Status prepare(const Job& job, const std::string& path, Draft& draft)
{
    draft.name = unique_name(job);
    if (job.request.uncertain && was_delivered(path, draft.name))
        return {};
    draft.account = TRY(check_room(job, path, draft.name));
    draft.tmp = path + "/tmp/" + draft.name;
    return write_file(job, draft);
}

// `sync_failure`: the errno of its fsync.
void finish(const std::string& path, Draft& draft, int sync_failure)
{
    errno = sync_failure;
    if (draft.status && sync_failure != 0)
        draft.status = system_error("sync " + draft.tmp);
    if (draft.status)
        draft.status = publish(*draft.job, path, draft.name, draft.written);
    if (!draft.status)
        ::unlink(draft.tmp.c_str());
    else if (draft.account.size) // a line that is missing is found at the next count
        static_cast<void>(draft.account.size->add(draft.written));
}

void deliver(const std::string& path, std::vector<Draft>& drafts)
{
    std::map<std::string, Status> places; // most often one for all
    for (auto& draft : drafts) {
        const auto [place, is_new] = places.try_emplace(place_rules(*draft.job));
        if (is_new)
            place->second = prepare_place(*draft.job, path);
        draft.status = place->second ? prepare(*draft.job, path, draft) : place->second;
    }
    std::vector<int> files;
    for (const auto& draft : drafts)
        files.push_back(draft.status && draft.file ? draft.file.get() : -1);
    const auto failures = sync_together(files, drafts.front().job->parameters.local_child_syncs);
    bool any = false;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        if (drafts[i].tmp.empty())
            continue;
        finish(path, drafts[i], failures[i]);
        any |= static_cast<bool>(drafts[i].status);
    }
    if (const auto synced = any ? sync_directory(path + "/new") : Status{}; !synced)
        for (auto& draft : drafts)
            if (draft.status)
                draft.status = synced;
}

// What fills a quota must be counted before the next one is looked at.
bool has_quota(const Job& job)
{
    for (const auto* option : {"quota", "quota_filecount", "maildir_use_size_file", "quota_warn_threshold"})
        if (!job.options.text(option).empty())
            return true;
    return false;
}

}

Status check_maildir_room(const Job& job, const std::string& path)
{
    const auto account = check_room(job, path, job.request.id);
    return account ? Status{} : Status{account.error()};
}

std::vector<delivery::Outcome> deliver_to_maildir(const std::vector<const Job*>& jobs, const std::string& path)
{
    std::vector<delivery::Outcome> outcomes;
    const bool one_by_one = std::ranges::any_of(jobs, [](const Job* job) { return has_quota(*job); });
    const auto most = one_by_one ? std::size_t{1} : jobs.size();
    for (std::size_t at = 0; at < jobs.size(); at += most) {
        std::vector<Draft> drafts(std::min(most, jobs.size() - at));
        for (std::size_t i = 0; i < drafts.size(); ++i)
            drafts[i].job = jobs[at + i];
        deliver(path, drafts);
        for (const auto& draft : drafts) {
            if (draft.status && draft.account.is_counted)
                warn_when_crossed(*draft.job, draft.account.before, draft.written);
            outcomes.push_back(draft.status ? delivered() : outcome_of(draft.status.error(), Mailbox::maildir, path));
        }
    }
    return outcomes;
}

delivery::Outcome deliver_to_maildir(const Job& job, const std::string& path)
{
    return deliver_to_maildir(std::vector{&job}, path).front();
}

}
