#include "router/atrn.h"

#include "common/base/text.h"

namespace gp::router {
namespace {

constexpr std::chrono::seconds patience{60}; // qmgr looks through the queue for less

// What atrn_domains has found to be the client's, or what it named where that condition was not asked.
std::vector<std::string> domains_of(const StartAtrn& question)
{
    for (const std::string_view word : question.state.switches) {
        if (!word.starts_with(atrn_domains_are))
            continue;
        std::vector<std::string> domains;
        for (const auto domain : split(word.substr(atrn_domains_are.size()), ','))
            domains.emplace_back(domain);
        return domains;
    }
    return question.domains;
}

}

Result<BeginAtrnReply> LinkedEtrnOffice::turn_around(const BeginAtrn& question)
{
    return qmgr_.call(question, event::Deadline::in(patience));
}

StartAtrnReply start_atrn(const World& world, const StartAtrn& question, EtrnOffice* office)
{
    const auto& main = world.configuration().main.all;
    constexpr std::size_t most_domains = 1000;
    if (!main.is_set("acl_smtp_atrn")) // so smtpd has not asked for its verdict, either
        return {.code = 502, .text = "ATRN is not available", .log_text = "acl_smtp_atrn is not set"};
    if (question.domains.size() > most_domains)
        return {.code = 450, .text = "ATRN request refused: too many domains", .log_text = {}};
    if (question.origin.authenticated_id.empty()) // whatever smtpd has let pass: mail goes to nobody
        return {.code = 450, .text = "ATRN request refused", .log_text = "the client is not authenticated"};
    BeginAtrn order{.domains = domains_of(question),
                    .origin = question.origin,
                    .most = static_cast<std::uint32_t>(std::max<std::int64_t>(0, main.number("atrn_max"))),
                    .seconds = static_cast<std::uint32_t>(std::max<std::int64_t>(1, main.time("atrn_time").count() / 1000))};
    if (order.domains.empty())
        return {.code = 450, .text = "ATRN request refused: no domains are named, and none are known to be yours", .log_text = {}};
    if (!office)
        return {.code = 453, .text = "You have no mail", .log_text = {}};
    auto begun = office->turn_around(order);
    if (!begun)
        return {.code = 451, .text = "Unable to process ATRN request now", .log_text = begun.error().text};
    return {.code = begun->code, .text = std::move(begun->text), .log_text = {}, .octets = std::move(begun->octets), .seconds = order.seconds};
}

}
