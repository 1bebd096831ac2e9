// The connection that a message came from: $sender_host_address, $sender_helo_name, $received_protocol,
// $authenticated_id, $sender_fullhost …

#include "common/base/text.h"
#include "common/expand/client_name.h"
#include "common/expand/detail/values.h"

namespace gp::expand {
namespace {

// Names the host by looking it up, if nobody has done so. A deferral leaves the name empty, as in Exim.
Got host_name(Scene& scene, std::string_view)
{
    const auto& origin = origin_of(scene);
    if (!origin.host_name.empty())
        return tainted(origin.host_name, "$sender_host_name");
    if (!scene.host || !scene.host->is_remote() || origin.host_lookup_failed || origin.host_lookup_deferred)
        return Text{};
    if (find_client_name(scene) != match::Host::Lookup::found)
        return Text{};
    return tainted(scene.host->name(), "$sender_host_name");
}

// Without asking anybody.
std::string known_name(const Scene& scene)
{
    const auto& origin = origin_of(scene);
    if (!origin.host_name.empty())
        return origin.host_name;
    return scene.host ? scene.host->name() : std::string();
}

std::string address_of_host(const Scene& scene)
{
    const auto& origin = origin_of(scene);
    if (!origin.host_address.empty())
        return origin.host_address;
    return scene.host ? scene.host->text() : std::string();
}

bool failed(const Scene& scene)
{
    return origin_of(scene).host_lookup_failed ||
           (scene.host && scene.host->lookup() == match::Host::Lookup::failed);
}

bool deferred(const Scene& scene)
{
    return origin_of(scene).host_lookup_deferred ||
           (scene.host && scene.host->lookup() == match::Host::Lookup::deferred);
}

// Is the HELO name worth showing beside the host's name and address?
bool helo_differs(const Scene& scene, const std::string& name, const std::string& address)
{
    const auto& helo = origin_of(scene).helo_name;
    return !helo.empty() && !same_nocase(helo, name) && helo != "[" + address + "]" && helo != address;
}

// "name (helo) [address]" (manual, $sender_fullhost).
Got full_host(Scene& scene, std::string_view)
{
    const auto name = known_name(scene), address = address_of_host(scene);
    if (address.empty())
        return Text{};
    std::string out = name;
    if (helo_differs(scene, name, address))
        out += (out.empty() ? "(" : " (") + origin_of(scene).helo_name + ")";
    if (!out.empty())
        out += ' ';
    return tainted(out + "[" + address + "]", "$sender_fullhost");
}

// For Received: headers (manual, $sender_rcvhost).
Got received_host(Scene& scene, std::string_view)
{
    const auto& origin = origin_of(scene);
    const auto name = known_name(scene), address = address_of_host(scene);
    if (address.empty())
        return Text{};
    const bool shows_helo = helo_differs(scene, name, address);
    const bool shows_ident = !origin.ident.empty() && !origin.local;
    std::string inside;
    if (shows_helo)
        inside += "helo=" + origin.helo_name;
    if (shows_ident)
        inside += (inside.empty() ? "ident=" : " ident=") + origin.ident;
    if (name.empty()) {
        std::string out = "[" + address + "]";
        if (!inside.empty())
            out += " (" + inside + ")";
        return tainted(out, "$sender_rcvhost");
    }
    // With an ident it is broken over two lines, so that the header is not too long.
    return tainted(name + (shows_ident ? "\n\t([" : " ([") + address + "]" + (inside.empty() ? "" : " " + inside) + ")", "$sender_rcvhost");
}

Got authenticated_id(Scene& scene, std::string_view)
{
    const auto& origin = origin_of(scene);
    return origin.local ? clean(origin.authenticated_id) : tainted(origin.authenticated_id, "$authenticated_id");
}

Got ident(Scene& scene, std::string_view)
{
    const auto& origin = origin_of(scene);
    return origin.local ? clean(origin.ident) : tainted(origin.ident, "$sender_ident");
}

// -1 while there is no TCP connection, as in Exim.
Got received_port(Scene& scene, std::string_view)
{
    const auto& origin = origin_of(scene);
    return clean(origin.interface_port ? std::int64_t{origin.interface_port} : -1);
}

const mail::Proxy& proxy_of(const Scene& scene)
{
    return origin_of(scene).proxy;
}

// clang-format off
const RegisterVariable variables[] = {
    RegisterVariable{{.name = "sender_host_address", .get = [](Scene& scene, std::string_view) { return clean(address_of_host(scene)); }, .doc = "The client's IP address."}},
    RegisterVariable{{.name = "sender_host_port", .get = [](Scene& scene, std::string_view) { return clean(std::int64_t{origin_of(scene).host_port}); }, .doc = "The client's port."}},
    RegisterVariable{{.name = "sender_host_name", .get = host_name, .instead = "$host_data", .doc = "The client's verified name; looked up when it is needed."}},
    RegisterVariable{{.name = "sender_host_dnssec", .get = [](Scene& scene, std::string_view) { return yes_no(scene.host && scene.host->secure()); }, .doc = "DNSSEC vouches for the client's name."}},
    RegisterVariable{{.name = "sender_host_authenticated", .get = [](Scene& scene, std::string_view) { return clean(origin_of(scene).authenticator); }, .doc = "The authenticator that the client used."}},
    RegisterVariable{{.name = "sender_helo_name", .get = [](Scene& scene, std::string_view) { return tainted(origin_of(scene).helo_name, "$sender_helo_name"); }, .doc = "What the client calls itself."}},
    RegisterVariable{{.name = "sender_helo_dnssec", .absent = "no", .doc = "DNSSEC vouches for the HELO name."}},
    RegisterVariable{{.name = "sender_fullhost", .get = full_host, .doc = "Name, HELO name and address of the client."}},
    RegisterVariable{{.name = "sender_rcvhost", .get = received_host, .doc = "The same for a Received: header."}},
    RegisterVariable{{.name = "sender_ident", .get = ident, .doc = "RFC 1413 answer, or the local caller's login."}},
    RegisterVariable{{.name = "host_lookup_failed", .get = [](Scene& scene, std::string_view) { return flag(failed(scene)); }, .doc = "1: the client has no name."}},
    RegisterVariable{{.name = "host_lookup_deferred", .get = [](Scene& scene, std::string_view) { return flag(deferred(scene)); }, .doc = "1: its name could not be found out."}},
    RegisterVariable{{.name = "authenticated_id", .get = authenticated_id, .doc = "Who the client is, by authentication."}},
    RegisterVariable{{.name = "authenticated_sender", .get = [](Scene& scene, std::string_view) { return tainted(origin_of(scene).authenticated_sender, "$authenticated_sender"); }, .doc = "AUTH= of MAIL."}},
    RegisterVariable{{.name = "authenticated_fail_id", .get = [](Scene& scene, std::string_view) { return tainted(origin_of(scene).failed_id, "$authenticated_fail_id"); }, .doc = "Who failed to authenticate."}},
    RegisterVariable{{.name = "authentication_failed", .get = [](Scene& scene, std::string_view) { return clean(std::string(origin_of(scene).login_failed ? "1" : "0")); }, .doc = "1: AUTH was tried and failed."}},
    RegisterVariable{{.name = "received_ip_address", .get = [](Scene& scene, std::string_view) { return clean(origin_of(scene).interface_address); }, .doc = "The local address of the connection."}},
    RegisterVariable{{.name = "interface_address", .get = [](Scene& scene, std::string_view) { return clean(origin_of(scene).interface_address); }, .doc = "An old name of received_ip_address."}},
    RegisterVariable{{.name = "received_port", .get = received_port, .doc = "The local port of the connection."}},
    RegisterVariable{{.name = "interface_port", .get = received_port, .doc = "An old name of received_port."}},
    RegisterVariable{{.name = "received_protocol", .get = [](Scene& scene, std::string_view) { return clean(origin_of(scene).protocol); }, .doc = "esmtps, local …"}},
    RegisterVariable{{.name = "connection_id", .get = [](Scene& scene, std::string_view) { return clean(origin_of(scene).connection_id); }, .doc = "Names the connection in logs."}},
    RegisterVariable{{.name = "smtp_command", .doc = "The command in hand."}},
    RegisterVariable{{.name = "smtp_command_argument", .doc = "What follows its verb."}},
    RegisterVariable{{.name = "smtp_command_history", .doc = "The latest verbs, comma-separated."}},
    RegisterVariable{{.name = "smtp_count_at_connection_start", .get = [](Scene& scene, std::string_view) { return clean(std::int64_t{origin_of(scene).connections}); }, .doc = "How many clients there were, this one included."}},
    RegisterVariable{{.name = "smtp_notquit_reason", .doc = "Why the session ended without QUIT."}},
    RegisterVariable{{.name = "csa_status", .doc = "Client SMTP Authorization."}},
    RegisterVariable{{.name = "proxy_session", .get = [](Scene& scene, std::string_view) { return yes_no(proxy_of(scene).is_there); }, .doc = "A proxy stands between."}},
    RegisterVariable{{.name = "proxy_external_address", .get = [](Scene& scene, std::string_view) { return clean(proxy_of(scene).external_address); }, .doc = "The proxy's outer address."}},
    RegisterVariable{{.name = "proxy_external_port", .get = [](Scene& scene, std::string_view) { return clean(std::int64_t{proxy_of(scene).external_port}); }, .doc = "Its port."}},
    RegisterVariable{{.name = "proxy_local_address", .get = [](Scene& scene, std::string_view) { return clean(proxy_of(scene).local_address); }, .doc = "The proxy's inner address."}},
    RegisterVariable{{.name = "proxy_local_port", .get = [](Scene& scene, std::string_view) { return clean(std::int64_t{proxy_of(scene).local_port}); }, .doc = "Its port."}},
    RegisterVariable{{.name = "atrn_host", .doc = "The host that asked for its mail by ATRN."}},
    RegisterVariable{{.name = "atrn_mode", .doc = "C or P while ATRN is at work."}},
    RegisterVariable{{.name = "auth1", .doc = "Data of an authentication exchange."}},
    RegisterVariable{{.name = "auth2", .doc = "Data of an authentication exchange."}},
    RegisterVariable{{.name = "auth3", .doc = "Data of an authentication exchange."}},
    RegisterVariable{{.name = "auth4", .doc = "Data of an authentication exchange."}},
};
// clang-format on

}
}
