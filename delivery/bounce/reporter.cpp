#include "delivery/bounce/reporter.h"

#include "cleanup/spoold/protocol.h"
#include "common/base/octets.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/local_origin.h"
#include "common/mail/notes.h"
#include "common/mail/tls_wish.h"

namespace gp::bounce {
namespace {

// RFC 2046 section 5.1.1: must not stand in the parts; two random numbers do not. Ten digits and nine, as Exim has them.
std::string make_boundary()
{
    constexpr std::uint64_t ten_digits = 1'000'000'000;
    return std::to_string(ten_digits + random_number() % (9 * ten_digits)) + "-eximdsn-" +
           std::to_string(random_number() % ten_digits);
}

Result<std::string> read_large(int file, std::size_t most)
{
    std::string body(most, '\0');
    body.resize(TRY(read_at(file, body.data(), most, 0)));
    return body;
}

bool has_longer_line(std::string_view text, std::size_t most)
{
    while (text.size() > most) {
        const auto end = text.find("\r\n");
        if (std::min(end, text.size()) > most)
            return true;
        text.remove_prefix(end + 2);
    }
    return false;
}

}

Reporter::Reporter(const Parameters& parameters, ipc::Link& spoold, ipc::Link& cleanup, const Clock& clock)
    : parameters_(parameters), spoold_(spoold), cleanup_(cleanup), clock_(clock), ids_(clock)
{
}

// A sender may ask for the headers alone (RET=HDRS, RFC 3461 section 4.3); a delay or success report has
// no more than these.
Result<Original> Reporter::fetch(const delivery::Report& report)
{
    auto message = TRY(spoold_.call(spoold::Fetch{report.envelope.id, report.ticket}, event::Deadline::in(patience())));
    spoold_.send(spoold::Release{report.envelope.id, report.ticket});
    Original original{.headers = message.headers};
    const bool body = report.kind == delivery::Report::Kind::failure && parameters_.bounce_return_body &&
                      report.envelope.dsn_return != mail::DsnReturn::headers &&
                      mail::tls_wish(report.envelope) != mail::TlsWish::required; // RFC 8689 section 5
    if (!body)
        return original;
    // One frame carries the report; nobody wants more of a message that failed.
    constexpr std::size_t frame_room = 3 * 1024 * 1024;
    const auto limit = static_cast<std::size_t>(parameters_.bounce_return_size_limit);
    // Exim rounds the limit up to whole buffers of 8 KiB (manual 14.23, bounce_return_size_limit).
    constexpr std::size_t buffer = 8192;
    const auto most = limit ? std::min((limit / buffer + 1) * buffer, frame_room) : frame_room;
    if (message.body_size <= most)
        original.body = message.large ? TRY(read_large(message.large.get(), static_cast<std::size_t>(message.body_size)))
                                      : std::move(message.body);
    const auto longest_line = static_cast<std::size_t>(std::max<std::int64_t>(parameters_.bounce_return_linesize_limit, 0));
    original.is_limited = message.body_size > most || has_longer_line(original.headers, longest_line) ||
                          has_longer_line(original.body, longest_line);
    original.has_body = !original.is_limited;
    return original;
}

// freeze_tell may have several addresses, and bare ones.
std::vector<std::string> Reporter::notified(std::string_view list) const
{
    std::vector<std::string> addresses;
    for (const auto part : split(list, ','))
        if (const auto address = trim(part); !address.empty())
            addresses.push_back(std::string(address) +
                                (address.find('@') == std::string_view::npos ? "@" + parameters_.qualify_domain : ""));
    return addresses;
}

cleanup::Submit Reporter::envelope_for(std::vector<std::string> recipients, const std::string& about) const
{
    cleanup::Submit submit;
    auto& envelope = submit.envelope;
    envelope.received = std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().time_since_epoch()).count();
    // RFC 6531 section 3.4: such an address goes to servers that speak it.
    for (auto& address : recipients) {
        envelope.smtputf8 |= std::ranges::any_of(address, [](char c) { return static_cast<unsigned char>(c) > 126; });
        envelope.recipients.push_back({.address = std::move(address)});
    }
    envelope.is_bounce = true;
    envelope.origin = mail::local_origin(parameters_.login, parameters_.uid, parameters_.gid);
    envelope.origin.authenticated_sender = parameters_.bounce_sender_authentication;
    envelope.settles = about;
    return submit;
}

Result<delivery::ReportReply> Reporter::submit(cleanup::Submit submit)
{
    cleanup::Transfer transfer{cleanup_, ids_.next(), patience()};
    const auto taken = transfer.submit(std::move(submit));
    if (!taken)
        return taken.error();
    if (taken->taken != cleanup::Taken::committed)
        return temporary("the report was not taken: " + escape(taken->text));
    if (!taken->waits.empty() && parameters_.log_delay_delivery)
        log::main(transfer.id() + " no immediate delivery: " + taken->waits);
    return delivery::ReportReply{transfer.id()};
}

Result<delivery::ReportReply> Reporter::answer(const delivery::Report& report, ipc::Channel&)
{
    if (report.to.empty() || report.to == "<>")
        return permanent("a report about " + report.envelope.id + " has nowhere to go: the sender is null");
    const auto original = TRY(fetch(report));
    const auto& trouble = report.kind == delivery::Report::Kind::delay ? parameters_.warn_file_trouble : parameters_.bounce_file_trouble;
    if (!trouble.empty() && (report.kind == delivery::Report::Kind::delay || report.kind == delivery::Report::Kind::failure))
        log::panic(trouble + " (the usual text is sent; after mending it: gatepost reload)");
    const bool is_notice = report.kind == delivery::Report::Kind::notice;
    const auto recipients = is_notice ? notified(report.to) : std::vector{report.to};
    auto all = recipients;
    for (const auto& copy : report.copies)
        for (auto& address : notified(copy))
            all.push_back(std::move(address));
    auto submission = envelope_for(std::move(all), report.envelope.id);
    // A report has the headers of what it is about, which want the same care (RFC 8689 section 5).
    if (mail::tls_wish(report.envelope) == mail::TlsWish::required)
        mail::set_tls_wish(submission.envelope, mail::TlsWish::required);
    submission.envelope.dont_deliver = report.envelope.dont_deliver; // -N: nobody hears of what only seemed to be tried
    if (report.kind == delivery::Report::Kind::failure) {
        for (const auto& failure : report.failures) {
            if (failure.completes)
                submission.envelope.settles_recipients.push_back(failure.recipient);
            else if (!failure.unique.empty())
                mail::add_note(submission.envelope, mail::note_settles_child, failure.unique);
        }
    }
    auto told = report;
    told.to = join(recipients, ", ");
    submission.octets = report_text(told, original, parameters_, make_boundary());
    return submit(std::move(submission));
}

Result<delivery::ReportReply> Reporter::answer(const delivery::TellOfErrors& question, ipc::Channel&)
{
    if (question.notice.to.empty())
        return permanent("errors in redirection data have nowhere to go");
    auto submission = envelope_for({question.notice.to}, question.id);
    submission.envelope.origin.login = submission.envelope.origin.ident = "root"; // as whom Exim routes, and says so
    submission.octets = notice_text(question, parameters_);
    return submit(std::move(submission));
}

}
