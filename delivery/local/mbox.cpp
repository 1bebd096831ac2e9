#include "delivery/local/mbox.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "common/base/octets.h"
#include "common/base/owned_fd.h"
#include "delivery/local/append_note.h"
#include "delivery/local/comsat.h"
#include "delivery/local/copy.h"
#include "delivery/local/locks.h"
#include "delivery/local/quota_warning.h"

namespace gp::local {
namespace {

struct Rules {
    std::uint32_t mode = 0600;
    bool mode_fail_narrower = true;
    bool allow_symlink = false, allow_fifo = false, file_must_exist = false;
    bool check_owner = true, check_group = false;
};

Result<Rules> read_rules(const Options& options)
{
    Rules rules;
    rules.mode = TRY(options.mode("mode", 0600));
    rules.mode_fail_narrower = TRY(options.flag("mode_fail_narrower", true));
    rules.allow_symlink = TRY(options.flag("allow_symlink", false));
    rules.allow_fifo = TRY(options.flag("allow_fifo", false));
    rules.file_must_exist = TRY(options.flag("file_must_exist", false));
    rules.check_owner = TRY(options.flag("check_owner", true));
    rules.check_group = TRY(options.flag("check_group", false));
    return rules;
}

std::string octal(std::uint32_t mode)
{
    char text[16];
    std::snprintf(text, sizeof text, "%o", mode & 07777);
    return text;
}

// Everything is asked of the open file, so that nobody can change what was looked at.
Status check_open_file(const std::string& path, int file, const Rules& rules)
{
    struct stat about {};
    if (::fstat(file, &about) != 0)
        return system_error("stat mailbox " + path);
    if (S_ISFIFO(about.st_mode) && rules.allow_fifo)
        return {};
    if (!S_ISREG(about.st_mode))
        return temporary("mailbox " + path + " is not a regular file" + (rules.allow_fifo ? " or named pipe" : ""));
    if (about.st_nlink != 1)
        return temporary("mailbox " + path + " has too many links (" + std::to_string(about.st_nlink) + ")");
    if (rules.check_owner && about.st_uid != ::geteuid())
        return temporary("mailbox " + path + " has wrong uid (" + std::to_string(about.st_uid) + " != " +
                         std::to_string(::geteuid()) + ")");
    if (rules.check_group && about.st_gid != ::getegid())
        return temporary("mailbox " + path + " has wrong gid (" + std::to_string(about.st_gid) + " != " +
                         std::to_string(::getegid()) + ")");
    const auto mode = about.st_mode & 07777;
    if (mode == rules.mode)
        return {};
    if (mode & ~rules.mode) { // wider than it should be: narrowed (manual 26, mode)
        if (::fchmod(file, rules.mode) != 0 && about.st_uid == ::geteuid())
            return system_error("change mode of " + path);
        return {};
    }
    if (rules.mode_fail_narrower)
        return temporary("mailbox " + path + " has the wrong mode " + octal(mode) + " (" + octal(rules.mode) + " expected)");
    return {};
}

Result<OwnedFd> open_mailbox(const Job& job, const std::string& path, const Rules& rules, bool& created)
{
    const int links = rules.allow_symlink ? 0 : O_NOFOLLOW;
    for (int tries = 0; tries < 10; ++tries) {
        created = false;
        OwnedFd file{::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK | links)};
        if (file)
            return file;
        if (errno == ELOOP)
            return temporary("mailbox " + path + " is not a regular file");
        if (errno == EISDIR)
            return temporary("mailbox " + path + " not a regular file or too many links");
        if (errno == ENXIO && rules.allow_fifo)
            return temporary(std::string(std::strerror(ENXIO)) + ": while opening named pipe " + path + " (could mean no process is reading it)");
        if (errno != ENOENT)
            return system_error("open mailbox " + path);
        if (rules.file_must_exist)
            return temporary(std::string(std::strerror(ENOENT)) + ": mailbox " + path + " does not exist, but file_must_exist is set");
        if (!check_place_for_creation(job, path))
            return temporary("mailbox " + path + " does not exist, but creation outside the home directory is not permitted");
        file.reset(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, rules.mode));
        if (file) {
            created = true;
            ::fchmod(file.get(), rules.mode);
            return file;
        }
        if (errno != EEXIST) // somebody was faster: open theirs
            return system_error("create mailbox " + path);
    }
    return temporary("mailbox " + path + " comes and goes");
}

Result<CopyRules> mbox_rules(const Job& job)
{
    auto rules = TRY(copy_rules(job));
    if (!job.options.has("message_prefix") && !rules.bsmtp)
        rules.prefix = from_line(job);
    if (!job.options.has("message_suffix") && !rules.bsmtp)
        rules.suffix = "\n";
    if (!job.options.has("check_string") && !rules.bsmtp) {
        rules.check_string = "From ";
        rules.escape_string = ">From ";
    }
    return rules;
}

// MBX, c-client's format: a head of 2048 octets, and before each message a line with its size. Lines end with CR and LF.
constexpr std::size_t mbx_head_size = 2048, mbx_keywords = 30;

std::string mbx_head()
{
    char first[64];
    std::snprintf(first, sizeof first, "*mbx*\r\n%08lx00000000\r\n", static_cast<unsigned long>(std::time(nullptr)));
    std::string head = first;
    for (std::size_t i = 0; i < mbx_keywords; ++i)
        head += "\r\n";
    head.resize(mbx_head_size, '\0');
    return head;
}

std::string mbx_line(std::uint64_t size)
{
    const std::time_t now = std::time(nullptr);
    std::tm when{};
    ::localtime_r(&now, &when);
    char date[64];
    std::strftime(date, sizeof date, "%d-%b-%Y %H:%M:%S %z", &when);
    return std::string(date) + "," + std::to_string(size) + ";000000000000-00000000\r\n";
}

// What stands before the message in the file, beside its own prefix.
Result<std::string> mbx_words(const Job& job, const CopyRules& rules, bool is_empty)
{
    std::uint64_t size = 0;
    TRY(write_copy(job, rules, [&](std::string_view octets) {
        size += octets.size();
        return Status{};
    }));
    return (is_empty ? mbx_head() : std::string{}) + mbx_line(size);
}

struct Append {
    const Job* job = nullptr;
    Status status;
    Usage before = {}; // of the mailbox
    std::int64_t at = 0; // where the message begins
    std::int64_t written = 0;
};

Result<Usage> usage_of(const Job& job, const struct stat& mailbox)
{
    const auto octets = TRY(job.options.size("mailbox_size", mailbox.st_size));
    const auto files = TRY(job.options.size("mailbox_filecount", 0));
    return Usage{.octets = octets, .files = files};
}

// A message goes to the file in as few writes as may be, most often one: whoever kills us within one leaves a torn message,
// which the note in the lock file tells of.
class Gathered {
public:
    Gathered(const Sink& sink, AppendNote note) : sink_(sink), note_(note) {}
    Status put(std::string_view octets)
    {
        constexpr std::size_t most = 1024 * 1024;
        waiting_ += octets;
        return waiting_.size() >= most ? flush(true) : Status{};
    }
    Status flush(bool more = false)
    {
        note_.announce(waiting_, more);
        auto done = waiting_.empty() ? Status{} : sink_(waiting_);
        waiting_.clear();
        return done;
    }

private:
    const Sink& sink_;
    AppendNote note_;
    std::string waiting_;
};

// What the holder of a lock that was too old has left unfinished is taken away: its message comes once more.
Status cut_unfinished(const LockFile& lock, const std::string& path, int file)
{
    struct stat about {};
    if (lock.left().empty() || ::fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
        return {};
    const auto start = unfinished_append(lock.left(), file, about.st_size);
    if (start && ::ftruncate(file, *start) != 0)
        return system_error("cut an unfinished message off mailbox " + path);
    return {};
}

// What ends a mailbox whose last line has no end, where the usual form of a message wants an empty line behind it: somebody
// died while writing, and the next message must not become the rest of that one. Whole lines may be of another form.
std::string missing_end(int file, std::int64_t size, const CopyRules& rules)
{
    char last = 0;
    const bool is_usual = rules.prefix.starts_with("From ") && rules.suffix == "\n" && !rules.crlf;
    if (!is_usual || size < 1 || ::pread(file, &last, 1, size - 1) != 1 || last == '\n')
        return {};
    return "\n\n";
}

// An append that fails is taken back: the file gets its old length while the locks are held.
Status append_one(Append& one, const std::string& path, int file, int lock)
{
    const auto& job = *one.job;
    struct stat before {};
    if (::fstat(file, &before) != 0)
        return system_error("stat mailbox " + path);
    const bool regular = S_ISREG(before.st_mode);
    one.at = before.st_size;
    if (regular) {
        one.before = TRY(usage_of(job, before));
        TRY(check_quota(job, one.before, static_cast<std::int64_t>(copy_size(job)), path));
    }
    auto rules = TRY(mbox_rules(job));
    const bool is_mbx = TRY(job.options.flag("mbx_format", false));
    rules.crlf |= is_mbx;
    const Sink write = [&](std::string_view octets) { return write_all(file, octets, "mailbox " + path); };
    Gathered gathered{write, AppendNote{regular ? lock : -1, before.st_size}};
    const Sink sink = [&](std::string_view octets) {
        one.written += static_cast<std::int64_t>(octets.size());
        return gathered.put(octets);
    };
    auto written = is_mbx ? sink(TRY(mbx_words(job, rules, before.st_size == 0))) : Status{};
    if (regular && !is_mbx) {
        const auto end = missing_end(file, before.st_size, rules);
        one.at += static_cast<std::int64_t>(end.size());
        written = gathered.put(end);
    }
    if (written)
        written = write_copy(job, rules, sink);
    if (written)
        written = gathered.flush();
    if (!written && regular && ::ftruncate(file, before.st_size) != 0)
        return temporary(written.error().text + "; and it could not be cut back to its old length");
    return written;
}

// All, and one sync; when that fails, none of them was delivered.
void append(std::vector<Append>& messages, const std::string& path, int file, int lock)
{
    struct stat before {};
    const bool known = ::fstat(file, &before) == 0;
    for (auto& one : messages)
        one.status = append_one(one, path, file, lock);
    if (!known || !S_ISREG(before.st_mode) || ::fsync(file) == 0)
        return;
    Status failed = system_error("sync mailbox " + path);
    if (::ftruncate(file, before.st_size) != 0)
        failed = temporary(failed.error().text + "; and it could not be cut back to its old length");
    for (auto& one : messages)
        if (one.status)
            one.status = failed;
}

// Whoever had the lock of the open file may have put another file in its place: what is added to the old one is lost.
Status check_still_there(const std::string& path, int file)
{
    struct stat about {};
    if (::fstat(file, &about) != 0)
        return system_error("stat mailbox " + path);
    return about.st_nlink > 0 ? Status{} : temporary("mailbox " + path + " was removed or replaced while its lock was waited for");
}

// The first of the messages says how it is locked and checked; the others are for the same mailbox by the same transport.
Status deliver(std::vector<Append>& messages, const std::string& path)
{
    const auto& job = *messages.front().job;
    const auto rules = TRY(read_rules(job.options));
    auto locks = TRY(LockRules::read(job.options));
    locks.host = job.parameters.primary_hostname;
    const auto directory = path.substr(0, std::max<std::size_t>(1, path.rfind('/')));
    // Where nothing may be made it is left as it is, and the lock file tells what is missing.
    const bool may_be_made = TRY(job.options.flag("create_directory", true)) && check_place_for_creation(job, directory + "/x");
    if (may_be_made || nearest_existing(directory) == directory)
        TRY(ensure_directory(job, directory, path));
    std::optional<LockFile> lock;
    if (locks.use_lockfile)
        lock.emplace(TRY(LockFile::make(path, locks)));
    bool created = false;
    const auto file = TRY(open_mailbox(job, path, rules, created));
    TRY(check_open_file(path, file.get(), rules));
    const auto mbx_lock = TRY(lock_open_file(file.get(), path, locks));
    TRY(check_still_there(path, file.get()));
    if (created) // now, while its failure means that nothing was delivered
        TRY(sync_directory(directory));
    if (lock)
        TRY(cut_unfinished(*lock, path, file.get()));
    append(messages, path, file.get(), lock ? lock->file() : -1);
    return {};
}

}

Status check_mbox_room(const Job& job, const std::string& path)
{
    struct stat mailbox {};
    if (::stat(path.c_str(), &mailbox) != 0 && errno != ENOENT)
        return system_error("stat mailbox " + path);
    if (mailbox.st_mode != 0 && !S_ISREG(mailbox.st_mode))
        return {};
    return check_quota(job, TRY(usage_of(job, mailbox)), static_cast<std::int64_t>(copy_size(job)), path);
}

std::vector<delivery::Outcome> append_to_mbox(const std::vector<const Job*>& jobs, const std::string& path)
{
    std::vector<Append> messages;
    for (const auto* job : jobs)
        messages.push_back({.job = job, .status = {}, .before = {}, .at = 0, .written = 0});
    const auto done = deliver(messages, path);
    std::vector<delivery::Outcome> outcomes;
    for (const auto& one : messages) {
        const auto& status = done ? one.status : done;
        if (status) {
            warn_when_crossed(*one.job, one.before, one.written);
            tell_comsat(*one.job, one.at);
        }
        outcomes.push_back(status ? delivered() : outcome_of(status.error(), Mailbox::file, path));
    }
    return outcomes;
}

delivery::Outcome append_to_mbox(const Job& job, const std::string& path)
{
    return append_to_mbox(std::vector{&job}, path).front();
}

}
