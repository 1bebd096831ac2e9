// Bare addresses in the headers of locally originated messages get a domain (manual 48.3).

#include "cleanup/local_sender.h"
#include "cleanup/scan/protocol.h"
#include "cleanup/stages/stages.h"
#include "common/base/text.h"
#include "common/mail/header_changes.h"
#include "common/mail/notes.h"

namespace gp::cleanup {
namespace {

struct Watched {
    std::string_view name;
    bool sender; // qualified with qualify_domain, else with qualify_recipient
};

constexpr std::array watched = {
    Watched{"From", true}, Watched{"Sender", true}, Watched{"Reply-To", true},
    Watched{"To", false},  Watched{"Cc", false},    Watched{"Bcc", false},
};

// A header with an @ for each of its addresses needs no parser: that is nearly every one.
bool may_have_bare_address(std::string_view value)
{
    const auto ats = std::ranges::count(value, '@');
    const auto commas = std::ranges::count(value, ',');
    return ats <= commas || value.find_first_of("\"(") != std::string_view::npos;
}

const Watched* watched_header(const mail::Header& header)
{
    auto name = header.name();
    if (starts_nocase(name, "Resent-"))
        name.remove_prefix(7);
    const auto at = std::ranges::find_if(watched, [&](const Watched& w) { return same_nocase(name, w.name); });
    return at == watched.end() ? nullptr : &*at;
}

}

Ended qualify_headers(Work& work)
{
    const bool is_wanted = !mail::find_note(work.envelope, mail::note_no_qualifying);
    mail::remove_note(work.envelope, mail::note_no_qualifying);
    if (!is_wanted || !work.envelope.origin.local || work.controls.suppress_local_fixups ||
        work.envelope.suppress_local_fixups)
        return {};
    std::vector<std::size_t> asked;
    scan::Addresses question;
    for (std::size_t i = 0; i < work.headers.size(); ++i)
        if (watched_header(work.headers[i]) && may_have_bare_address(work.headers[i].raw_value())) {
            asked.push_back(i);
            question.headers.emplace_back(work.headers[i].raw_value());
        }
    if (asked.empty())
        return {};
    auto answer = work.services.scan.call(question, event::Deadline::in(Duration{60'000}));
    if (!answer)
        return trouble(work, "scan", answer.error());
    std::vector<std::vector<mail::AddressChange>> changes(asked.size());
    for (const auto& found : answer->found) {
        if (found.has_domain || !found.error.empty() || found.header >= asked.size())
            continue;
        const auto& domain = watched_header(work.headers[asked[found.header]])->sender ? work.parameters.qualify_domain
                                                                                       : work.parameters.qualify_recipient;
        changes[found.header].push_back({found.end, found.end, "@" + domain});
    }
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (changes[i].empty())
            continue;
        auto& header = work.headers[asked[i]];
        const std::string text = header.text();
        const auto value_at = text.size() - header.raw_value().size();
        replace_header(work, header, mail::with_changes(text.substr(0, value_at), std::string_view(text).substr(value_at), changes[i]));
    }
    return {};
}

}
