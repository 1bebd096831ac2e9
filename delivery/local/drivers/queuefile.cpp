// queuefile: the message as Exim keeps it, ID-H and ID-D in a directory, for programs that take it from there (manual
// 57 has the form). Whoever reads ID-H finds ID-D complete: that one gets its name first.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "common/base/octets.h"
#include "common/base/owned_fd.h"
#include "common/base/text.h"
#include "common/ipc/codec.h"
#include "common/spool/exim_export.h"
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

// A name beside the last one, which nobody takes for a message.
Status write_draft(const std::string& path, const std::function<Status(const Sink&)>& content)
{
    ::unlink(path.c_str()); // of an attempt that was killed
    const OwnedFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, spool_mode)};
    if (!file)
        return system_error("create " + path);
    TRY(content([&](std::string_view octets) { return write_all(file.get(), octets, path); }));
    if (::fchmod(file.get(), spool_mode) != 0 || ::fsync(file.get()) != 0)
        return system_error("sync " + path);
    return {};
}

Status write_pair(const Job& job, const std::string& base, std::string_view head)
{
    const auto data_draft = base + "-D.tmp", head_draft = base + "-H.tmp";
    TRY(write_draft(data_draft, [&](const Sink& sink) -> Status {
        TRY(sink(job.request.id + "-D\n"));
        return write_copy(job, {.body_only = true}, sink);
    }));
    TRY(write_draft(head_draft, [&](const Sink& sink) { return sink(head); }));
    if (::rename(data_draft.c_str(), (base + "-D").c_str()) != 0)
        return system_error("rename " + data_draft);
    if (::rename(head_draft.c_str(), (base + "-H").c_str()) != 0)
        return system_error("rename " + head_draft);
    return {};
}

Status put(const Job& job)
{
    const auto directory = job.options.text("directory");
    if (!directory.starts_with('/'))
        return temporary("directory \"" + escape(directory) + "\" of the queuefile transport is no absolute path");
    const auto base = directory + "/" + job.request.id;
    const auto head = TRY(header_file(job));
    if (::access((base + "-H").c_str(), F_OK) == 0) {
        // Of this very delivery, whose end a crash has hidden; or of another one, for other recipients.
        if (TRY(content_of(base + "-H")) == head)
            return {};
        return temporary(base + "-H is there already, for other recipients: this delivery waits until somebody takes it away");
    }
    if (const auto done = write_pair(job, base, head); !done) {
        for (const auto* ending : {"-D.tmp", "-H.tmp", "-D"})
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
