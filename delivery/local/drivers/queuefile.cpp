// queuefile: the message as Exim keeps it, ID-H and ID-D in a directory, for programs that take it from there (manual
// 57 has the form). Whoever reads ID-H finds ID-D complete: that one gets its name first.

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "common/base/octets.h"
#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "common/ipc/codec.h"
#include "common/spool/exim_export.h"
#include "common/spool/exim_import.h"
#include "delivery/local/copy.h"
#include "delivery/local/mailbox.h"
#include "delivery/local/transport.h"
#include "router/spool_form_protocol.h"

namespace gp::local {
namespace {

constexpr std::uint32_t spool_mode = 0640; // as Exim's own
constexpr std::size_t largest_header_file = 16 * 1024 * 1024;

Result<std::vector<std::string>> places(const Job& job)
{
    return std::vector{job.options.text("directory")};
}

std::string reach(const Job& job)
{
    return job.options.text("directory");
}

// The message's recipients among those that this delivery is for, each once, as the envelope has them.
std::vector<mail::Recipient> recipients_of(const Job& job)
{
    std::vector<mail::Recipient> all;
    const auto add = [&](const std::string& address, std::uint32_t notify, const std::string& orcpt) {
        if (std::ranges::find(all, address, &mail::Recipient::address) == all.end())
            all.push_back({.address = address, .notify = notify, .orcpt = orcpt});
    };
    for (const auto& target : job.request.targets) {
        add(target.original, target.notify, target.orcpt);
        for (const auto& other : target.also)
            add(other, 0, {});
    }
    return all;
}

// Where it came from, router has said; what this delivery is, stands in the request.
Result<std::string> header_file(const Job& job)
{
    auto decoded = ipc::decode<mail::Envelope>(job.options.text(router::spool_envelope));
    if (!decoded)
        return temporary("router told nothing of the message's origin: " + decoded.error().text);
    auto envelope = std::move(decoded).take();
    envelope.id = job.request.id;
    envelope.sender = job.request.sender;
    envelope.received = job.request.received;
    envelope.recipients = recipients_of(job);
    envelope.dsn_return = job.request.dsn_return;
    envelope.dsn_envid = job.request.dsn_envid;
    mail::set_tls_wish(envelope, job.request.tls_wish);
    envelope.body_lines = job.request.body_lines;
    return spool::exim_header_file(envelope, copy_headers(job), !job.options.has(router::first_delivery));
}

Result<std::string> content_of(const std::string& path)
{
    const OwnedFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (!file)
        return system_error("open " + path);
    std::string text(largest_header_file, '\0');
    text.resize(TRY(read_at(file.get(), text.data(), text.size(), 0)));
    return text;
}

// The draft of -H, which is the lock of the message's names too: who has it may make and remove them, until it gets its
// last name. One that a killed attempt left is locked by nobody.
Result<OwnedFd> lock_draft(const std::string& path)
{
    OwnedFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, spool_mode)};
    if (!file)
        return system_error("create " + path);
    struct stat open {}, named {};
    const bool is_locked = ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
    if (!is_locked && errno != EWOULDBLOCK)
        return system_error("lock " + path);
    if (::fstat(file.get(), &open) != 0)
        return system_error("look at " + path);
    const bool is_it = ::lstat(path.c_str(), &named) == 0 && named.st_dev == open.st_dev && named.st_ino == open.st_ino;
    if (!is_locked || !is_it) // it had the name when it was opened, and has become -H since
        return temporary(path + " is being written by another delivery of this message: this one waits for it");
    if (!S_ISREG(open.st_mode) || open.st_nlink != 1)
        return temporary(path + " is no draft of ours: this delivery waits until somebody takes it away");
    return file;
}

Status write_draft(int file, const std::string& path, const std::function<Status(const Sink&)>& content)
{
    if (::ftruncate(file, 0) != 0)
        return system_error("empty " + path);
    TRY(content([&](std::string_view octets) { return write_all(file, octets, path); }));
    if (::fchmod(file, spool_mode) != 0 || ::fsync(file) != 0)
        return system_error("sync " + path);
    return {};
}

// -D is on the disk under its name before -H gets its own. A -D without -H is of an attempt that was killed.
Status write_pair(const Job& job, const std::string& base, int head_file, std::string_view head)
{
    const auto data_draft = base + "-D.tmp", head_draft = base + "-H.tmp";
    ::unlink(data_draft.c_str());
    const OwnedFd data{::open(data_draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, spool_mode)};
    if (!data)
        return system_error("create " + data_draft);
    TRY(write_draft(data.get(), data_draft, [&](const Sink& sink) -> Status {
        TRY(sink(job.request.id + "-D\n"));
        return write_copy(job, {.body_only = true}, sink);
    }));
    TRY(write_draft(head_file, head_draft, [&](const Sink& sink) { return sink(head); }));
    if (::rename(data_draft.c_str(), (base + "-D").c_str()) != 0)
        return system_error("rename " + data_draft);
    TRY(sync_directory(job.options.text("directory")));
    if (::rename(head_draft.c_str(), (base + "-H").c_str()) != 0)
        return system_error("rename " + head_draft);
    return {};
}

// The recipients in a -H file of this message, in their order; what else stands there changes from attempt to attempt.
Result<std::vector<std::string>> addresses_in(const std::string& head)
{
    auto read = TRY(spool::read_exim_header_file(head));
    std::vector<std::string> all;
    for (auto& recipient : read.envelope.recipients)
        all.push_back(std::move(recipient.address));
    std::ranges::sort(all);
    return all;
}

// -H is there: of this very delivery, whose end a crash has hidden; or of another one, for other recipients.
Status look_at_pair(const std::string& directory, const std::string& base, const std::string& head)
{
    const auto theirs = addresses_in(TRY(content_of(base + "-H")));
    if (!theirs || *theirs != TRY(addresses_in(head)))
        return temporary(base + "-H is there already, for other recipients: this delivery waits until somebody takes it away");
    if (::access((base + "-D").c_str(), F_OK) != 0)
        return temporary(base + "-H is there already, without its -D: this delivery waits until somebody takes it away");
    return sync_directory(directory);
}

Status put(const Job& job)
{
    const auto directory = job.options.text("directory");
    if (!directory.starts_with('/'))
        return temporary("directory \"" + escape(directory) + "\" of the queuefile transport is no absolute path");
    const auto base = directory + "/" + job.request.id;
    const auto head = TRY(header_file(job));
    const auto lock = TRY(lock_draft(base + "-H.tmp"));
    if (::access((base + "-H").c_str(), F_OK) == 0) {
        ::unlink((base + "-H.tmp").c_str());
        return look_at_pair(directory, base, head);
    }
    if (const auto done = write_pair(job, base, lock.get(), head); !done) {
        for (const auto* ending : {"-D.tmp", "-D", "-H.tmp"}) // the lock is the last
            ::unlink((base + ending).c_str());
        return done;
    }
    return sync_directory(directory);
}

delivery::DeliverReply deliver(const Job& job)
{
    const auto done = put(job);
    return report(job, done ? delivered() : outcome_of(done.error()));
}

const RegisterTransport self{{
    .name = "queuefile",
    .places = places,
    .deliver = deliver,
    .reach = reach,
    .doc = "Puts the message as Exim's spool files into a directory.",
}};

}
}
