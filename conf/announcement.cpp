#include "conf/announcement.h"

#include <algorithm>

#include "common/base/duration.h"

namespace gp::conf {
namespace {

constexpr std::string_view software = "gatepost " GATEPOST_VERSION;

bool is_wildcard_of_port(const Listening& one, const Listening& other)
{
    return other.row.address.address().is_unspecified() && other.row.address.port() == one.row.address.port();
}

// "port 25 (IPv6 and IPv4) port 587 [127.0.0.1]:10025"; families are told apart where both are spoken.
std::string places(const Context& context, bool tls_on_connect)
{
    const auto& all = context.listening;
    const bool speaks_ipv6 = !context.main().resolver.disable_ipv6;
    std::string out;
    for (auto one = all.begin(); one != all.end(); ++one) {
        const auto& address = one->row.address;
        if (one->row.tls_on_connect != tls_on_connect)
            continue;
        if (!address.address().is_unspecified()) {
            out += " [" + address.address().text() + "]:" + std::to_string(address.port());
            continue;
        }
        const auto is_same = [&](const Listening& other) { return is_wildcard_of_port(*one, other); };
        if (std::any_of(all.begin(), one, is_same)) // the other family's came before
            continue;
        out += " port " + std::to_string(address.port());
        if (std::count_if(one, all.end(), is_same) > 1)
            out += " (IPv6 and IPv4)";
        else if (speaks_ipv6)
            out += address.address().is_v6() ? " (IPv6)" : " (IPv4)";
    }
    return out;
}

}

std::string announcement(const Context& context)
{
    if (context.arguments.one_shot)
        return {};
    std::string out;
    for (const auto& certificate : context.keys.server)
        if (!certificate.expiry.empty() && out.empty()) // one tells of all: there is room for few words
            out += "Warning: tls_certificate " + certificate.expiry.substr(0, 200) + "\nSuggested action: renew it, then reload\n";
    if (context.keys.is_self_signed) // two lines of one entry, then the line that follows
        out += "Warning: No server certificate defined; will use a selfsigned one.\n"
               "Suggested action: either install a certificate or change tls_advertise_hosts option\n";
    out += context.test_habits ? "exim 4.96" : software;
    out += " daemon started: pid=$pid, ";
    if (context.arguments.is_passed_socket) // as Exim's -bw says it
        return out + "launched with listening socket, with no wait timeout";
    const auto interval = context.arguments.queue_interval;
    out += interval > Duration{} ? "-q" + format_duration(interval) : "no queue runs";
    const auto plain = places(context, false), encrypted = places(context, true);
    if (plain.empty() && encrypted.empty())
        return out + ", not listening for SMTP";
    out += ", listening";
    if (!plain.empty())
        out += " for SMTP on" + plain;
    if (!encrypted.empty())
        out += (plain.empty() ? "" : " and") + std::string(" for SMTPS on") + encrypted;
    return out;
}

}
