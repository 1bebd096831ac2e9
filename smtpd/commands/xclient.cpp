// Proxies in front of clients: the PROXY header of hosts_proxy, and XCLIENT of hosts_xclient, by which a proxy that
// speaks SMTP itself (nginx, Postfix) names the client it serves (postfix.org, XCLIENT_README).
//
// Behind XCLIENT the session begins anew: connect ACL, banner, EHLO. What is learnt so replaces the connection's own
// address in every decision and log line; the proxy's is in $proxy_local_address.

#include "common/base/text.h"
#include "smtpd/intake.h"
#include "smtpd/proxy_attributes.h"
#include "smtpd/proxy_header.h"
#include "smtpd/session.h"

namespace gp::smtpd {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_value = 1024; // of one attribute

Result<std::uint32_t> port_of(std::string_view value)
{
    return is_unknown_attribute(value) ? Result<std::uint32_t>{0u} : proxied_port(value);
}

Status take_name(mail::Origin& origin, const std::string& value)
{
    origin.host_lookup_failed = same_nocase(value, unknown_attribute);
    origin.host_lookup_deferred = same_nocase(value, unknown_attribute_now);
    origin.host_name = is_unknown_attribute(value) ? std::string{} : value;
    if (!is_unknown_attribute(value) && !smtp::is_valid_helo(value, "_"))
        return permanent("bad name");
    return {};
}

// The proxy has checked the password; nothing else vouches for it.
void take_login(mail::Origin& origin, const std::string& value)
{
    const bool is_known = !value.empty() && !is_unknown_attribute(value);
    origin.authenticator = is_known ? "xclient" : "";
    origin.authenticated_id = is_known ? value : "";
}

Status take(mail::Origin& origin, std::string_view name, const std::string& value)
{
    if (same_nocase(name, "ADDR"))
        origin.host_address = TRY(attribute_address(value));
    else if (same_nocase(name, "PORT"))
        origin.host_port = TRY(port_of(value));
    else if (same_nocase(name, "NAME"))
        return take_name(origin, value);
    else if (same_nocase(name, "LOGIN"))
        take_login(origin, value);
    else if (same_nocase(name, "DESTADDR"))
        origin.proxy.external_address = is_unknown_attribute(value) ? std::string{} : TRY(attribute_address(value));
    else if (same_nocase(name, "DESTPORT"))
        origin.proxy.external_port = TRY(port_of(value));
    else
        return permanent("unknown attribute");
    return {};
}

Status take_attributes(mail::Origin& origin, std::string_view argument)
{
    return each_attribute(argument, longest_value,
                          [&](std::string_view name, const std::string& value) { return take(origin, name, value); });
}

mail::Proxy proxy_at(const mail::Origin& origin)
{
    return {.is_there = true, .local_address = origin.host_address, .local_port = origin.host_port, .external_address = {}, .external_port = 0};
}

}

// False: the session is over.
bool Session::meet_proxy()
{
    if (!parameters_.hosts_proxy_is_set || program_)
        return true;
    router::AskProxy question;
    question.origin = origin_;
    const auto answer =
        reception_.router.call(question, event::Deadline::in(std::chrono::seconds(parameters_.router_timeout)));
    if (!answer) { // whose address it is cannot be told, so that nothing may be decided by it
        trace_.not_greeted(answer.error().text);
        if (!tls_on_connect_)
            return close_down({421, "4.3.0", "Temporary local problem - please try later"});
        end(Ending::refused);
        return false;
    }
    if (!answer->is_proxy)
        return true;
    origin_.proxy.is_there = true;
    const auto until = event::Deadline::in(std::chrono::seconds(parameters_.proxy_protocol_timeout));
    auto header = read_proxy_header(stream_, until);
    if (!header) {
        proxy_failed_ = true;
        trace_.bad_proxy(header.error().text);
    }
    if (!header || !*header)
        return true;
    origin_.proxy = proxy_at(origin_);
    origin_.proxy.external_address = std::move((*header)->destination);
    origin_.proxy.external_port = (*header)->destination_port;
    origin_.host_address = std::move((*header)->source);
    origin_.host_port = (*header)->source_port;
    return true;
}

// Until the first MAIL: behind it proxies hand through what the client itself says.
bool Session::may_speak_for_others() const
{
    return is_xclient_proxy_ ? mail_commands_ == 0 : greeting_->offers_xclient;
}

smtp::Reply Session::xclient(std::string_view argument)
{
    if (!may_speak_for_others())
        return protocol_error("XCLIENT command used when not advertised");
    if (transaction_.has_sender())
        return protocol_error("not permitted in mail transaction");
    auto client = origin_;
    if (!is_xclient_proxy_)
        client.proxy = proxy_at(origin_);
    client.proxy.external_address.clear();
    client.proxy.external_port = 0;
    // Nothing that was learnt of the proxy is true of the client.
    client.host_port = 0;
    client.host_name.clear();
    client.host_lookup_failed = client.host_lookup_deferred = false;
    client.helo_name.clear();
    client.tls_certificate_verified = false;
    client.tls_peer_dn.clear();
    client.authenticator.clear();
    client.authenticated_id.clear();
    client.login_failed = false;
    client.failed_id.clear();
    if (const auto taken = take_attributes(client, argument); !taken)
        return syntax_error(501, "5.5.4", "XCLIENT: " + taken.error().text, taken.error().text);
    reset_transaction();
    pipes_early_ = false; // that was the proxy
    origin_ = std::move(client);
    is_xclient_proxy_ = true;
    phase_ = Phase::fresh;
    extended_ = false;
    offered_ = {};
    dialogue_.use_enhanced_codes(false);
    milters_.quit(); // of the proxy
    return admit() ? banner() : smtp::Reply{};
}

}
