// appendfile: to a mailbox file, a Maildir, or files of their own (manual chapter 26).

#include <algorithm>

#include "common/config/list.h"
#include "delivery/local/comsat.h"
#include "delivery/local/file_folder.h"
#include "delivery/local/file_format.h"
#include "delivery/local/locks.h"
#include "delivery/local/maildir.h"
#include "delivery/local/mailstore.h"
#include "delivery/local/mbox.h"
#include "delivery/local/transport.h"

namespace gp::local {
namespace {

// The mailbox's directory, or the nearest one above it that exists, since it may have to be made.
Status add_places(const Job& job, std::vector<std::string>& all)
{
    const auto place = TRY(mailbox_place(job));
    const auto directory = place.is_directory ? place.path : place.path.substr(0, std::max<std::size_t>(1, place.path.rfind('/')));
    all.push_back(nearest_existing(directory));
    if (place.is_maildir && place.path.find("/.") != std::string::npos) // the quota of a folder is kept at its parent
        all.push_back(nearest_existing(place.path.substr(0, std::max<std::size_t>(1, place.path.rfind('/')))));
    if (job.options.has("quota_directory"))
        all.push_back(job.options.text("quota_directory"));
    if (!place.is_directory && TRY(LockRules::read(job.options)).use_mbx_lock)
        all.emplace_back(mbx_lock_place);
    return {};
}

Result<std::vector<std::string>> places(const Job& job)
{
    std::vector<std::string> all;
    TRY(add_places(job, all));
    for (const auto& other : job.instruction().formats)
        TRY(with_transport(job, other, [&](const Job& its) { return add_places(its, all); }));
    return all;
}

std::string reach(const Job& job)
{
    std::string text;
    for (const auto* option : {"file", "directory", "maildir_format", "mailstore_format", "quota_directory", "mbx_format", "use_mbx_lock",
                               "use_lockfile", "use_fcntl_lock", "use_flock_lock", "notify_comsat", "file_format"})
        text += job.options.text(option) + "\n";
    for (const auto& other : job.instruction().formats)
        text += with_transport(job, other, reach);
    return text + job.instruction().kind + "\n" + (job.instruction().kind.empty() ? "" : job.instruction().address);
}

delivery::Outcome deliver(const Job& job);

// To the transport that the beginning of the mailbox stands for; that one asks no further.
delivery::Outcome deliver_by_format(const Job& job, const std::string& path)
{
    const auto name = transport_of_format(job, path);
    if (!name) {
        auto outcome = outcome_of(name.error());
        if (name.error().cause == Cause::not_found)
            outcome.error_number = error_format_without_transport;
        if (name.error().cause == Cause::refused)
            outcome.error_number = error_unknown_format;
        return outcome;
    }
    if (*name == job.instruction().transport)
        return append_to_mbox(job, path);
    const auto& others = job.instruction().formats;
    auto outcome = with_transport(job, *std::ranges::find(others, *name, &router::Delivery::transport), deliver);
    outcome.transport = *name;
    return outcome;
}

delivery::Outcome deliver(const Job& job)
{
    const auto place = mailbox_place(job);
    if (!place)
        return outcome_of(place.error());
    if (place->path == "/dev/null" && !place->is_directory)
        return {.fate = delivery::Fate::delivered}; // nothing is locked, nothing is written
    if (place->is_maildir)
        return deliver_to_maildir(job, place->path);
    if (place->is_directory)
        return place->is_mailstore ? deliver_to_mailstore(job, place->path) : deliver_to_folder(job, place->path);
    return job.options.has("file_format") ? deliver_by_format(job, place->path) : append_to_mbox(job, place->path);
}

// Those of one child agree in their place (reach).
std::vector<delivery::Outcome> deliver_many(const std::vector<const Job*>& jobs)
{
    const auto place = mailbox_place(*jobs.front());
    const bool is_null = place && place->path == "/dev/null" && !place->is_directory;
    if (place && place->is_maildir && place->is_directory)
        return deliver_to_maildir(jobs, place->path);
    if (place && !place->is_directory && !is_null && !jobs.front()->options.has("file_format"))
        return append_to_mbox(jobs, place->path);
    std::vector<delivery::Outcome> outcomes;
    for (const auto* job : jobs)
        outcomes.push_back(deliver(*job));
    return outcomes;
}

Status room(const Job& job)
{
    const auto place = TRY(mailbox_place(job));
    if (place.path == "/dev/null" && !place.is_directory)
        return {};
    if (place.is_maildir)
        return check_maildir_room(job, place.path);
    if (!place.is_directory)
        return check_mbox_room(job, place.path);
    const auto used = check_folder_room(job, place.path);
    return used ? Status{} : Status{used.error()};
}

const RegisterTransport self{{
    .name = "appendfile",
    .places = places,
    .deliver = [](const Job& job) { return report(job, deliver(job)); },
    .reach = reach,
    .deliver_many = deliver_many,
    .room = room,
    .prepare = open_comsat,
    .doc = "Appends to a mailbox file or delivers to a Maildir.",
}};

}
}
