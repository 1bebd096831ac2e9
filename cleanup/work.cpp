#include "cleanup/work.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::cleanup {
namespace {

constexpr std::size_t most_shown = 101; // recipients of a refused message: the log shows fewer, and that there are more

void read_submission(Controls& controls, std::string_view options)
{
    controls.submission = true;
    while (!options.empty()) {
        if (starts_nocase(options, "name=")) { // the rest, slashes and all (manual 48.1)
            controls.submission_name = options.substr(5);
            return;
        }
        const auto end = options.find('/');
        const auto option = options.substr(0, end);
        if (option == "sender_retain")
            controls.submission_sender_retain = true;
        else if (option.starts_with("domain="))
            controls.submission_domain = option.substr(7);
        options.remove_prefix(end == std::string_view::npos ? options.size() : end + 1);
    }
}

// What the client hears where a control has no text of its own (manual 44.22, fakereject).
constexpr std::string_view kept_for_evaluation = "Your message has been rejected but is being kept for evaluation.\n"
                                                 "If it was a legitimate message, it may still be delivered to the target recipient(s).";

}

Controls controls_of(const router::PolicyState& state)
{
    Controls controls;
    for (std::string_view word : state.controls) {
        const auto slash = word.find('/');
        const auto name = word.substr(0, slash);
        const auto options = slash == std::string_view::npos ? std::string_view{} : word.substr(slash + 1);
        if (name == "submission")
            read_submission(controls, options);
        else if (name == "suppress_local_fixups")
            controls.suppress_local_fixups = true;
        else if (name == "freeze")
            controls.freeze = true, controls.no_freeze_tell = options == "no_tell";
        else if (name == "queue_only" || name == "queue")
            controls.queue_only = options != "first_pass_route", controls.queue_smtp_only = options == "first_pass_route";
        else if (name == "fakereject")
            controls.fakereject = options.empty() ? kept_for_evaluation : options;
        else if (name == "fakedefer")
            controls.fakedefer = options.empty() ? kept_for_evaluation : options;
    }
    return controls;
}

void replace_header(Work& work, mail::Header& header, std::string text)
{
    bool is_known = false; // as it came: completing and rewriting make one change of it
    for (auto& earlier : work.replaced) {
        if (earlier.stands_before != header.text())
            continue;
        earlier.stands_before = text;
        is_known |= mail::Header(earlier.text).is(header.name());
    }
    if (!is_known)
        work.replaced.push_back({header.text(), text});
    header = mail::Header(std::move(text));
}

void forget_headers(Work& work, std::string_view name)
{
    std::vector<std::string> gone;
    const auto stand_before = [&](const std::string& next) {
        for (auto& replaced : work.replaced)
            if (std::ranges::find(gone, replaced.stands_before) != gone.end())
                replaced.stands_before = next;
        for (auto& text : gone)
            work.replaced.push_back({std::move(text), next});
        gone.clear();
    };
    for (const auto& header : work.headers) {
        if (header.is(name))
            gone.push_back(header.text());
        else if (!gone.empty())
            stand_before(header.text());
    }
    stand_before({});
    work.headers.remove(name);
}

std::vector<mail::ReplacedHeader> replaced_by_place(const Work& work)
{
    std::vector<mail::ReplacedHeader> out;
    for (const auto& replaced : work.replaced) {
        const auto at = std::ranges::find(work.headers, replaced.stands_before, &mail::Header::text);
        out.push_back({.before = static_cast<std::size_t>(at - work.headers.begin()), .text = replaced.text});
    }
    std::ranges::stable_sort(out, {}, &mail::ReplacedHeader::before);
    return out;
}

void show_headers(const Work& work, SubmitReply& reply)
{
    const auto all_replaced = replaced_by_place(work);
    auto replaced = all_replaced.begin();
    const bool is_in_front = !work.has_received && !work.received_header.empty();
    std::uint32_t shown = is_in_front ? 1 : 0;
    reply.headers = is_in_front ? work.received_header : std::string{};
    reply.old_headers.clear();
    reply.recipients = recipients_to_ask_about(work);
    reply.recipients.resize(std::min(reply.recipients.size(), most_shown));
    for (std::size_t at = 0; at <= work.headers.size(); ++at) {
        for (; replaced != all_replaced.end() && replaced->before == at; ++replaced) {
            reply.old_headers.push_back(shown++);
            reply.headers += replaced->text;
        }
        if (at < work.headers.size()) {
            ++shown;
            reply.headers += work.headers[at].text();
        }
    }
}

std::string headers_seen(const Work& work)
{
    return work.has_received ? work.headers.text() : work.received_header + work.headers.text();
}

std::vector<std::string> recipients_to_ask_about(const Work& work)
{
    constexpr std::size_t most_octets = 2 * 1024 * 1024; // headers are in the question, too
    std::vector<std::string> out;
    std::size_t octets = 0;
    for (const auto& recipient : work.envelope.recipients) {
        octets += recipient.address.size() + 8;
        if (octets > most_octets)
            break;
        out.push_back(recipient.address);
    }
    return out;
}

SubmitReply refusal(std::uint32_t code, std::string enhanced, std::string text, std::string log_text)
{
    SubmitReply reply;
    reply.taken = Taken::refused;
    reply.code = code;
    reply.enhanced = std::move(enhanced);
    reply.text = std::move(text);
    reply.log_text = std::move(log_text);
    return reply;
}

SubmitReply trouble(const Work& work, std::string_view what, const Error& error)
{
    log::warning(work.envelope.id + " " + std::string(what) + ": " + error.text);
    auto reply = refusal(451, "4.3.0", "Temporary local problem - please try later", std::string(what) + ": " + error.text);
    reply.is_trouble = true;
    return reply;
}

}
