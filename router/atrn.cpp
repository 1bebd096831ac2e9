#include "router/atrn.h"

#include <algorithm>

#include "common/acl/atrn_domains.h"
#include "common/base/text.h"

namespace gp::router {
namespace {

constexpr std::chrono::seconds patience{60}; // qmgr looks through the queue for less
constexpr std::size_t most_domains = 1000;      // of one run
constexpr std::size_t longest_domain = 255;

std::vector<std::string> in_words(std::string_view text)
{
    std::vector<std::string> domains;
    for (const auto domain : split(text, ','))
        if (!trim(domain).empty())
            domains.push_back(lower(trim(domain)));
    return domains;
}

bool are_told(std::string_view word)
{
    return word.starts_with(acl::atrn_domains_are);
}

// What atrn_domains has found to be the client's, or what it named where that condition was not asked.
std::vector<std::string> domains_of(const mail::PolicyState& judged, std::string_view named)
{
    const auto told = std::ranges::find_if(judged.switches, are_told);
    return in_words(told == judged.switches.end() ? named : std::string_view(*told).substr(acl::atrn_domains_are.size()));
}

StartAtrnReply refused(std::uint32_t code, std::string text, std::string log_text = {})
{
    StartAtrnReply reply;
    reply.code = code;
    reply.text = std::move(text);
    reply.log_text = std::move(log_text);
    return reply;
}

StartAtrnReply not_judged(const Ask& ask, StartAtrnReply reply)
{
    reply.verdict.state = ask.state;
    return reply;
}

// Of a certificate that some authority has signed it is not known whose it is; of one that was a login it is (RFC 8689 section
// 4.2.1 wants the name of who shows it). What is not known counts as not verified, as for a server with the wrong name.
bool is_certificate_a_login(const World& world, const mail::Origin& client)
{
    const auto* by = world.configuration().authenticator(client.authenticator);
    return by && (by->driver == "tls" || by->driver == "external");
}

StartAtrnReply begin(const config::Settings& main, BeginAtrn order, EtrnOffice* office)
{
    const bool are_too_long = std::ranges::any_of(order.domains, [](const auto& domain) { return domain.size() > longest_domain; });
    if (are_too_long || order.domains.size() > most_domains)
        return refused(450, "ATRN request refused: too many domains, name some of them",
                       std::to_string(order.domains.size()) + " domains; " + std::to_string(most_domains) + " of up to " +
                           std::to_string(longest_domain) + " octets can be asked for at once");
    if (order.domains.empty())
        return refused(450, "ATRN request refused: no domains are named, and none are known to be yours");
    if (!office)
        return refused(453, "You have no mail");
    order.most = static_cast<std::uint32_t>(std::max<std::int64_t>(0, main.number("atrn_max")));
    order.seconds = static_cast<std::uint32_t>(std::max<std::int64_t>(1, main.time("atrn_time").count() / 1000));
    auto begun = office->turn_around(order);
    if (!begun)
        return refused(451, "Unable to process ATRN request now", begun.error().text);
    StartAtrnReply reply;
    reply.code = begun->code;
    reply.text = std::move(begun->text);
    reply.octets = std::move(begun->octets);
    // Nothing is begun after order.seconds; what is under way then gets to its end, for cut off behind its dot it would come twice.
    reply.seconds = order.seconds + static_cast<std::uint32_t>(std::max<std::int64_t>(0, main.time("atrn_finish_time").count() / 1000));
    return reply;
}

}

Result<BeginAtrnReply> LinkedEtrnOffice::turn_around(const BeginAtrn& question)
{
    return qmgr_.call(question, event::Deadline::in(patience));
}

Result<StartAtrnReply> start_atrn(const World& world, const StartAtrn& question, const AskPolicy& policy, EtrnOffice* office,
                                  const LoginProofs* proofs)
{
    const auto& main = world.configuration().main.all;
    const auto& ask = question.ask;
    if (ask.phase != Phase::atrn || std::ranges::any_of(ask.state.switches, are_told))
        return misconfigured("ATRN: the question has domains, or is about another command");
    if (!main.is_set("acl_smtp_atrn"))
        return not_judged(ask, refused(502, "ATRN is not available", "acl_smtp_atrn is not set"));
    if (ask.origin.authenticated_id.empty()) // whatever the ACL says: mail goes to nobody
        return not_judged(ask, refused(450, "ATRN request refused", "the client is not authenticated"));
    if (const auto proven = proofs ? proofs->check(ask.origin, ask.state.switches) : Status{}; !proven)
        return not_judged(ask, refused(450, "ATRN request refused: connect and log in again", proven.error().text));
    auto verdict = TRY(policy(ask));
    StartAtrnReply reply;
    auto client = ask.origin;
    client.tls_certificate_verified = client.tls_certificate_verified && is_certificate_a_login(world, client);
    if (verdict.verdict == Verdict::accept)
        reply = begin(main, {.domains = domains_of(verdict.state, ask.argument), .origin = std::move(client)}, office);
    std::erase_if(verdict.state.switches, are_told);
    reply.verdict = std::move(verdict);
    return reply;
}

}
