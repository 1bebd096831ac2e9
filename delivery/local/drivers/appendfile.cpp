// appendfile: to a mailbox file or a Maildir (manual chapter 26).

#include "delivery/local/file_folder.h"
#include "delivery/local/maildir.h"
#include "delivery/local/mbox.h"
#include "delivery/local/transport.h"

namespace gp::local {
namespace {

// The mailbox's directory, or the nearest one above it that exists, since it may have to be made.
Result<std::vector<std::string>> places(const Job& job)
{
    const auto place = TRY(mailbox_place(job));
    const auto directory = place.is_directory ? place.path : place.path.substr(0, std::max<std::size_t>(1, place.path.rfind('/')));
    std::vector<std::string> all = {nearest_existing(directory)};
    if (place.is_maildir && place.path.find("/.") != std::string::npos) // the quota of a folder is kept at its parent
        all.push_back(nearest_existing(place.path.substr(0, std::max<std::size_t>(1, place.path.rfind('/')))));
    if (job.options.has("quota_directory"))
        all.push_back(job.options.text("quota_directory"));
    return all;
}

std::string reach(const Job& job)
{
    std::string text;
    for (const auto* option : {"file", "directory", "maildir_format", "quota_directory"})
        text += job.options.text(option) + "\n";
    return text + job.instruction().kind + "\n" + (job.instruction().kind.empty() ? "" : job.instruction().address);
}

delivery::Outcome deliver(const Job& job)
{
    const auto place = mailbox_place(job);
    if (!place)
        return outcome_of(place.error());
    if (place->path == "/dev/null" && !place->is_directory)
        return {.fate = delivery::Fate::delivered}; // nothing is locked, nothing is written
    if (place->is_directory && !place->is_maildir)
        return deliver_to_folder(job, place->path);
    return place->is_maildir ? deliver_to_maildir(job, place->path) : append_to_mbox(job, place->path);
}

// Those of one child agree in their place (reach).
std::vector<delivery::Outcome> deliver_many(const std::vector<const Job*>& jobs)
{
    const auto place = mailbox_place(*jobs.front());
    const bool is_null = place && place->path == "/dev/null" && !place->is_directory;
    if (place && place->is_maildir && place->is_directory)
        return deliver_to_maildir(jobs, place->path);
    if (place && !place->is_directory && !is_null)
        return append_to_mbox(jobs, place->path);
    std::vector<delivery::Outcome> outcomes;
    for (const auto* job : jobs)
        outcomes.push_back(deliver(*job));
    return outcomes;
}

const RegisterTransport self{{
    .name = "appendfile",
    .places = places,
    .deliver = [](const Job& job) { return report(job, deliver(job)); },
    .reach = reach,
    .deliver_many = deliver_many,
    .doc = "Appends to a mailbox file or delivers to a Maildir.",
}};

}
}
