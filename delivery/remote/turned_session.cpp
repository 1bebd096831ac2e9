// A session over a connection that the host has made, and that ATRN has turned around (RFC 2645): there is nothing to
// connect to, to log in or to encrypt. Whatever goes wrong with it is nobody's fault, for the host comes again.

#include "delivery/remote/delivery_run.h"
#include "delivery/remote/turned_links.h"

namespace gp::remote {
namespace {

Trouble not_now(std::string text)
{
    return {.fault = Fault::ours, .text = std::move(text), .error_number = -1};
}

}

ClientSession::Opened ClientSession::take_over(const Conditions& conditions, TurnedLink& link)
{
    std::unique_ptr<ClientSession> session(new ClientSession(conditions, link.host, {std::move(link.socket), link.local}));
    session->wire_.is_within(link.tls);
    auto failed = session->hello(conditions); // RFC 2645 section 5.3: the client greets as servers do
    if (!failed)
        return {std::move(session), {}};
    auto trouble = std::move(failed->trouble);
    if (!trouble.connection_lost)
        say_goodbye(std::move(session), std::chrono::seconds{conditions.parameters.quit_timeout});
    return {nullptr, std::move(trouble)};
}

// The transport's say in which extensions are used, and in whether this connection will do.
std::optional<Trouble> ClientSession::adapt(const Conditions& conditions)
{
    const auto policy = TlsPolicy::of(conditions.options, conditions.lists, host_.host_name, host_.address, host_.certificate_name);
    if (!policy)
        return not_now(policy.error().text);
    if (policy->require && !tls())
        return not_now("a TLS session is required, but the client said ATRN in clear");
    const bool is_fit = tls() && tls()->verified && offered_.requiretls;
    if (conditions.tls_wish == mail::TlsWish::required && !is_fit)
        return not_now("the message has REQUIRETLS, which wants TLS, a good certificate that the client has logged in by (driver tls or "
                       "external), and its offer of REQUIRETLS");
    if (const auto settled = settle(conditions, *policy); !settled)
        return not_now(settled.error().text);
    return std::nullopt;
}

void DeliveryRun::visit_turned(const Conditions& conditions)
{
    auto& link = *turned_;
    if (!link.session && link.over.empty()) {
        Conditions patient = conditions; // nothing is remembered of a host whose port is another one each time
        patient.recall_hello = {};
        patient.keep_hello = {};
        auto opened = ClientSession::take_over(patient, link);
        link.session = std::move(opened.session);
        if (!link.session)
            link.over = opened.trouble.text;
    }
    if (!link.session)
        return trouble_for_all(not_now("the connection that ATRN turned around has ended: " + link.over));
    if (auto trouble = link.session->adapt(conditions))
        return trouble_for_all(*trouble);
    if (auto fetched = fetch(conditions.options); !fetched)
        return trouble_for_all(not_now(fetched.error().text));
    if (content_->has_long_line()) {
        auto trouble = not_now("message has lines too long for transport");
        trouble.permanent = true;
        return trouble_for_all(trouble);
    }
    deliver_over(conditions, std::move(link.session), false);
    if (!link.session)
        link.over = "the client does not go on";
}

}
