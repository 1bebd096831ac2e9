#include "cleanup/work.h"

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::cleanup {
namespace {

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
            controls.fakereject = options.empty() ? "Your message has been rejected but is being kept for evaluation.\n"
                                                    "If it was a legitimate message, it may still be delivered to the "
                                                    "target recipient(s)."
                                                  : std::string(options);
        else if (name == "fakedefer")
            controls.fakedefer = options.empty() ? "Your message has been deferred; please try again later" : std::string(options);
    }
    return controls;
}

void replace_header(Work& work, mail::Header& header, std::string text)
{
    for (auto& earlier : work.replaced)
        if (earlier.stands_before == header.text())
            earlier.stands_before = text;
    work.replaced.push_back({header.text(), text});
    header = mail::Header(std::move(text));
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
