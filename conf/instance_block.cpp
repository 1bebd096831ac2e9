#include "conf/instance_block.h"

#include <algorithm>
#include <set>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/lookup/server_pool.h"
#include "common/process/calls.h"
#include "common/scan/milter_settings.h"
#include "common/service/instance.h"
#include "conf/milters.h"
#include "conf/params/used_servers.h"
#include "conf/peers.h"
#include "conf/reach.h"
#include "conf/trusted_files.h"

namespace gp::conf {
namespace {

using service::Instance;

// Ports that follow a host's name in a list: "smart.example::587", "[192.0.2.1]:2525".
void collect_ports(std::string_view hosts, std::set<std::uint32_t>& ports)
{
    for (std::size_t at = 0; (at = hosts.find(':', at)) != std::string_view::npos; ++at) {
        auto end = at + 1;
        while (end < hosts.size() && is_digit(hosts[end]))
            ++end;
        if (const auto port = parse_unsigned(hosts.substr(at + 1, end - at - 1));
            port && *port > 0 && *port < 65536)
            ports.insert(static_cast<std::uint32_t>(*port));
    }
}

// SOCKS proxies: "192.0.2.1 port=1081 : 192.0.2.2", where 1080 is meant when none is named.
void collect_proxy_ports(std::string_view proxies, std::set<std::uint32_t>& ports)
{
    constexpr std::string_view word = "port=";
    ports.insert(1080);
    for (auto at = proxies.find(word); at != std::string_view::npos; at = proxies.find(word, at + 1)) {
        const auto rest = proxies.substr(at + word.size());
        const auto digits = rest.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(rest, is_digit) - rest.begin()));
        if (const auto port = parse_unsigned(digits); port && *port > 0 && *port < 65536)
            ports.insert(static_cast<std::uint32_t>(*port));
    }
}

// Where remote may connect to beside the mail ports. What comes out of a lookup may name any port.
void allow_ports(const Context& context, Instance& instance)
{
    std::set<std::uint32_t> ports;
    for (const auto& transport : context.configuration.transports)
        for (std::string_view option : {"port", "hosts", "fallback_hosts", "socks_proxy"})
            if (transport.settings.find(option) && transport.settings.is_set(option)) {
                const auto text = text_of(transport.settings, option);
                if (!text) {
                    instance.connect_anywhere = true;
                } else if (option == "socks_proxy") {
                    collect_proxy_ports(*text, ports);
                } else if (option == "port") {
                    collect_ports(":" + replace_all(*text, ":", ","), ports);
                } else {
                    collect_ports(*text, ports);
                }
            }
    for (const auto& router : context.configuration.routers)
        for (std::string_view option : {"route_list", "route_data", "fallback_hosts"})
            if (router.settings.find(option) && router.settings.is_set(option)) {
                const auto text = router.settings.expandable(option).text;
                collect_ports(text, ports);
                if (text.find("${lookup") != std::string::npos)
                    instance.connect_anywhere = true;
            }
    instance.connect_ports.assign(ports.begin(), ports.end());
}

// Scanners: what an option expands to may be anywhere.
void reach_of_scanners(const Context& context, Instance& instance)
{
    const auto reach = [&](std::string_view word, std::string_view option, auto servers_of) {
        if (!names_in_acls(context.configuration, {word}))
            return;
        const auto& text = context.main().all.text(option);
        const bool is_expanded = text.starts_with('$');
        instance.connect_anywhere |= is_expanded;
        instance.calls |= is_expanded ? std::uint32_t{process::calls_connect_unix} : 0u;
        const auto servers = servers_of(text);
        if (is_expanded || !servers)
            return;
        for (const auto& server : *servers) {
            instance.calls |= server.is_unix() ? std::uint32_t{process::calls_connect_unix} : 0u;
            for (std::uint32_t port = server.first_port; port && port <= server.last_port; ++port)
                instance.connect_ports.push_back(port);
        }
    };
    for (const auto& place : milter_places(context))
        if (const auto server = scan::milter_place(place)) {
            instance.calls |= server->is_unix() ? std::uint32_t{process::calls_connect_unix} : 0u;
            if (!server->is_unix())
                instance.connect_ports.push_back(server->first_port);
        }
    reach("spam", "spamd_address", scan::spam_servers);
    reach("malware", "av_scanner", scan::virus_servers);
}

// Parts of messages are decoded into files only where an ACL says so.
bool has_decoded_files(const Context& context)
{
    if (names_in_acls(context.configuration, {"decode", "mime_regex"}))
        return true;
    for (std::string_view option : {"acl_smtp_mime", "acl_not_smtp_mime"}) { // an ACL in line
        const auto text = context.settings().expandable(option).text;
        if (text.find("decode") != std::string::npos || text.find("mime_regex") != std::string::npos)
            return true;
    }
    return false;
}

// A virus scanner that opens the message itself; one that is known only when it is asked may be of that kind.
bool has_scanned_files(const Context& context)
{
    if (!names_in_acls(context.configuration, {"malware"}))
        return false;
    const auto option = context.settings().expandable("av_scanner").text;
    const auto virus = scan::virus_scanner(option);
    return option.starts_with('$') || (virus && virus->wants_file);
}

void reach_of_router(const Context& context, Instance& instance)
{
    instance.read_paths = places_named_in(context.configuration);
    // Servers of look-ups. One that a query names itself (servers=) may be anywhere.
    std::set<std::uint32_t> ports;
    for (const auto name : used_servers(context.configuration)) {
        const auto& kind = *lookup::server_kind(name);
        const auto places = lookup::server_places(kind, context.settings().expandable(kind.option).text);
        ports.insert(places.ports.begin(), places.ports.end());
        if (name == "ldap")
            for (const auto port : ldap_ports(context.configuration))
                ports.insert(port);
        if (places.unix_sockets)
            instance.calls |= process::calls_connect_unix;
    }
    bool unix_sockets = false;
    for (const auto port : socket_ports(context.configuration, unix_sockets))
        ports.insert(port);
    for (const auto port : peer_ports(context.configuration))
        ports.insert(port);
    if (unix_sockets)
        instance.calls |= process::calls_connect_unix;
    instance.connect_ports.assign(ports.begin(), ports.end());
    // passwd and group are replaced by renaming, so the rule is for their directory.
    instance.read_paths.emplace_back("/etc");
    if (has_decoded_files(context))
        instance.read_paths.push_back(instance.spool_directory + "/scan");
    reach_of_scanners(context, instance);
    // Dovecot's authentication service: "/a/socket", or "ADDRESS PORT".
    for (const auto& driver : context.configuration.authenticators) {
        if (driver.driver != "dovecot")
            continue;
        const auto& socket = driver.settings.text("server_socket");
        if (socket.starts_with('/'))
            instance.calls |= process::calls_connect_unix;
        else if (const auto port = parse_unsigned(trim(std::string_view(socket).substr(std::min(socket.find(' '), socket.size())))))
            instance.connect_ports.push_back(static_cast<std::uint32_t>(*port));
    }
}

void reach_of_scan(const Context& context, Instance& instance)
{
    if (!has_decoded_files(context) && !has_scanned_files(context))
        return;
    instance.write_paths.push_back(instance.spool_directory + "/scan");
    instance.calls |= process::calls_open_read | process::calls_open_write;
}

void reach_of_log(const Context& context, Instance& instance)
{
    for (const auto& directory : literal_directories(context.main().logging.log_file_path.text))
        instance.write_paths.push_back(directory);
}

void reach_of_bounce(const Context& context, Instance& instance)
{
    for (std::string_view option : {"bounce_message_file", "warn_message_file"})
        for (const auto& directory : literal_directories(context.settings().expandable(option).text))
            instance.read_paths.push_back(directory);
}

// Whom transports trust: files, or directories of files, of certificates and revocations.
void reach_of_remote(const Context& context, Instance& instance)
{
    for (const auto& path : trusted_by_transports(context.configuration))
        instance.read_paths.push_back(path);
    for (const auto& transport : context.configuration.transports)
        for (std::string_view option : {"tls_verify_certificates", "tls_crl"})
            if (transport.settings.find(option) && !is_plain_path(transport.settings.text(option)))
                for (const auto& directory : literal_directories(std::string(trim(transport.settings.text(option)))))
                    instance.read_paths.push_back(directory);
}

bool has_remote_filter(const Driver& transport)
{
    return transport.driver == "smtp" && transport.settings.is_set("transport_filter");
}

}

std::string instance_block(const Context& context, const ServiceRow& row)
{
    Instance instance;
    instance.spool_directory = context.spool_directory();
    const auto owner = context.owners.of(row);
    instance.uid = owner.uid;
    instance.gid = owner.gid;
    instance.groups = context.owners.groups_of(row);
    instance.system_instance = context.is_system;
    instance.require_sandbox = context.main().own.require_sandbox;
    instance.no_chroot = !row.chroot;
    instance.test_habits = context.test_habits;
    instance.print_topbitchars = context.main().logging.print_topbitchars;
    instance.dns = context.dns_servers;
    instance.max_sessions = row.sessions;
    instance.memory_mib = row.memory_mib;
    instance.files = files_of(row);
    if (row.program == "router")
        reach_of_router(context, instance);
    if (row.program == "scan")
        reach_of_scan(context, instance);
    if (row.program == "log")
        reach_of_log(context, instance);
    if (row.program == "bounce")
        reach_of_bounce(context, instance);
    if (row.program == "remote") {
        allow_ports(context, instance);
        reach_of_remote(context, instance);
        // A message goes to its filter and comes back in a memory file.
        if (std::ranges::any_of(context.configuration.transports, has_remote_filter))
            instance.calls |= process::calls_memfd;
    }
    if (row.program == "launcher") {
        instance.first_uid = first_ordinary_uid;
        instance.also_uids = users_of_deliveries(context);
        const bool may_ask_pam = permits_pam(context.configuration);
        if (const auto* user = context.settings().identity("pam_user"); user && may_ask_pam && user->id != 0)
            instance.also_uids.push_back(user->id);
        const bool by_sasl = judges_by_sasl(context.configuration);
        if (const auto* user = context.settings().identity("sasl_user"); user && by_sasl && user->id != 0)
            instance.also_uids.push_back(user->id);
        // A child's walls lie inside the launcher's: what commands may do, it must be able to.
        const auto is_on = [&](std::string_view option) { return context.settings().find(option) && context.settings().flag(option); };
        if (is_on("pipe_allow_network") || (may_ask_pam && is_on("pam_allow_network")) || (by_sasl && is_on("sasl_allow_network"))) {
            instance.calls |= process::calls_connect_inet;
            instance.connect_anywhere = true;
        }
        for (const auto& transport : context.configuration.transports)
            if (transport.driver == "appendfile" && transport.settings.flag("notify_comsat"))
                instance.calls |= process::calls_connect_inet; // a datagram to this machine; no port is opened to TCP
    }
    return ipc::encode(instance);
}

}
