// ATRN (RFC 2645): the connection is turned around. The client is a server from now on, and gets its mail from remote; here
// the octets go to and fro, in the TLS session that there is.

#include "common/base/text.h"
#include "common/tls/stream.h"
#include "router/atrn_protocol.h"
#include "smtpd/intake.h"
#include "smtpd/session.h"

namespace gp::smtpd {
namespace {

constexpr std::size_t most_domains = 100; // of one command
constexpr std::size_t buffer_size = 32 * 1024;
constexpr Duration last_words{5'000}; // for the client to end the connection, once there is nothing more for it

}

// Nothing: a name is none.
std::optional<std::vector<std::string>> Session::domains_in(std::string_view argument) const
{
    std::vector<std::string> domains;
    if (trim(argument).empty())
        return domains;
    for (const auto part : split(argument, ',')) {
        const auto domain = lower(trim(part));
        const auto parsed = mail::parse_address("postmaster@" + domain, address_rules());
        if (!parsed || domain.empty() || domain.find_first_of("@[]\"'<>/= ") != domain.npos || domains.size() == most_domains)
            return std::nullopt;
        domains.push_back(domain);
    }
    return domains;
}

smtp::Reply Session::atrn(std::string_view argument)
{
    if (!reception_.has_phase(router::Phase::atrn))
        return protocol_error("ATRN command used when not advertised", 502);
    if (origin_.authenticated_id.empty()) {
        trace_.rejected("ATRN", false, "the client is not authenticated");
        return {530, "5.7.0", "ATRN is not permitted without authentication"};
    }
    if (transaction_.has_sender())
        return protocol_error("ATRN is not permitted inside a transaction");
    const auto domains = domains_in(argument);
    if (!domains)
        return syntax_error(501, "5.5.4", "ATRN wants domains with commas between them", "ATRN wants domains with commas between them");
    trace_.atrn(argument);
    router::StartAtrn order;
    order.ask = question(router::Phase::atrn, join(*domains, ","));
    auto answer = reception_.router.call(order, event::Deadline::in(std::chrono::seconds(parameters_.router_timeout)));
    if (!answer)
        trace_.atrn_failed(argument, answer.error().text);
    if (!answer)
        return {451, "4.3.0", "Unable to process ATRN request now"};
    if (auto refused = refusal(judged(*answer), "ATRN " + std::string(argument))) {
        if (refused->code == 550 && refused->enhanced == "5.7.1") // RFC 2645 section 5.2.2
            return {450, "4.7.0", refused->text.empty() ? "ATRN request refused" : std::move(refused->text)};
        return *refused;
    }
    if (ending_ != Ending::none)
        return {};
    if (!answer->log_text.empty())
        trace_.atrn_failed(argument, answer->log_text);
    if (answer->code != 250)
        return {answer->code, answer->code == 453 ? "4.0.0" : answer->code == 450 ? "4.7.0" : "4.3.2", std::move(answer->text)};
    dialogue_.say({250, "2.0.0", std::move(answer->text)});
    if (dialogue_.flush())
        turn_around(answer->octets.take(), std::chrono::seconds(answer->seconds));
    end(Ending::turned);
    return {};
}

// What acl_smtp_atrn says; router alone has asked it.
Decision Session::judged(router::StartAtrnReply& answer)
{
    state_ = std::move(answer.verdict.state);
    auto decision = Policy::decision_of(answer.verdict);
    obey(decision);
    return decision;
}

// Until one side has nothing more to say, or the time is over.
void Session::turn_around(OwnedFd octets, Duration longest)
{
    event::FdStream inner{std::move(octets)};
    auto& client = tls_ ? static_cast<event::Stream&>(*tls_) : stream_;
    const auto until = event::Deadline::in(longest);
    event::Notice reader_done, writer_done;
    bool is_written = false;
    const auto outwards = [&] {
        std::string buffer(buffer_size, '\0');
        for (;;) {
            const auto got = inner.read(buffer, until);
            const auto patience = event::Deadline::in(std::chrono::seconds(parameters_.smtp_send_timeout));
            if (!got || *got == 0 || !client.write({buffer.data(), *got}, patience.sooner(until)))
                break;
        }
        client.finish();
        if (!reader_done.wait(event::Deadline::in(last_words)))
            client.abort();
        is_written = true;
        writer_done.notify();
    };
    if (!event::Loop::current().spawn("ATRN", outwards))
        return;
    for (;;) {
        const auto got = dialogue_.read_some(buffer_size, until);
        const auto patience = event::Deadline::in(std::chrono::seconds(parameters_.smtp_send_timeout));
        if (!got || got->empty() || !inner.write(*got, patience.sooner(until)))
            break;
    }
    inner.finish();
    reader_done.notify();
    while (!is_written)
        writer_done.wait(event::Deadline::never());
}

}
